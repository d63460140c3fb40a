{# Every date is in the month its row counts for: from its first day until its last. #}
{% test dates_lie_in_their_month(model, date, month) %}

select *
from {{ model }}
where
    {{ date }} < {{ month }}
    or {{ date }} >= {{ months_after(month, 1) }}
    or ({{ date }} is null) <> ({{ month }} is null)

{% endtest %}
