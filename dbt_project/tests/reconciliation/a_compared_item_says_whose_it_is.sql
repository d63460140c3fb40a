-- Whoever looks at an item of either side is led to the instance that has it. A golden customer is of no instance.
select
    reconciliation_name,
    item_id
from {{ ref('fct_reconciliations') }}
where
    reconciliation_name <> 'customer_master'
    and (
        (left_key is null) <> (left_instance is null)
        or (right_key is null) <> (right_instance is null)
    )
