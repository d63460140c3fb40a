{# An identity of the numbers holds in every row; a row for which it is unknown (null) counts as broken. #}
{% test holds(model, condition) %}

select *
from {{ model }}
where not coalesce({{ condition }}, false)

{% endtest %}
