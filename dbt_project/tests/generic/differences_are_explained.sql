{#
    A reconciliation explains what it says: left − right is the difference of every row; what is matched has no
    exception and adds up to no difference per entity and currency; every other outcome than a timing difference is an
    exception with a natural key.
#}
{% test differences_are_explained(model) %}

select
    item_id as finding,
    'the difference is not left less right, or the exception does not fit the outcome' as reason
from {{ model }}
where
    amount_difference <> left_amount - right_amount
    or (exception_type is null) <> (natural_key is null)
    or (outcome in ('matched', 'matched_within_tolerance') and exception_type is not null)
    or (outcome not in ('matched', 'matched_within_tolerance', 'timing') and exception_type is null)

union all

select
    concat_ws(' ', entity_code, currency_code) as finding,
    'what is matched leaves a difference' as reason
from {{ model }}
where outcome = 'matched'
group by entity_code, currency_code
having sum(amount_difference) <> 0

{% endtest %}
