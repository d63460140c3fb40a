{# Signed amounts balance: the sum over each group is 0. Without columns the whole table is one group. #}
{% test sums_to_zero(model, amount, group_by=none) %}

select
    {% if group_by %}{{ group_by | join(', ') }},{% endif %}
    sum({{ amount }}) as amount_left_over
from {{ model }}
{% if group_by %}group by {{ group_by | join(', ') }}{% endif %}
having sum({{ amount }}) <> 0

{% endtest %}
