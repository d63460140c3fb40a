{# At most one row per key is valid on any day: half-open validities of the same key do not overlap, none is empty. #}
{% test no_overlapping_validity(model, key, valid_from='valid_from', valid_to='valid_to') %}

with

validities as (
    select
        {{ key | join(', ') }},
        {{ valid_from }} as valid_from,
        {{ valid_to }} as valid_to,
        lead({{ valid_from }}) over (
            partition by {{ key | join(', ') }}
            order by {{ valid_from }}, {{ valid_to }}
        ) as next_valid_from
    from {{ model }}
)

select *
from validities
where next_valid_from < valid_to or valid_to <= valid_from

{% endtest %}
