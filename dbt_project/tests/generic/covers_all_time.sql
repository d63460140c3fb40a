{# Every key has exactly one row on every day: half-open validities without overlap or gap from the beginning to the end. #}
{% test covers_all_time(model, key, valid_from='valid_from', valid_to='valid_to') %}

with

neighbours as (
    select
        {{ key | join(', ') }},
        {{ valid_from }} as valid_from,
        {{ valid_to }} as valid_to,
        lag({{ valid_to }}) over (partition by {{ key | join(', ') }} order by {{ valid_from }}, {{ valid_to }})
            as valid_to_before,
        lead({{ valid_from }}) over (partition by {{ key | join(', ') }} order by {{ valid_from }}, {{ valid_to }})
            as valid_from_after
    from {{ model }}
)

select *
from neighbours
where
    coalesce(valid_to_before, {{ open_start() }}) is distinct from valid_from
    or coalesce(valid_from_after, {{ open_end() }}) is distinct from valid_to
    or valid_to <= valid_from

{% endtest %}
