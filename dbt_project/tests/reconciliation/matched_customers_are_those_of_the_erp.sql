-- A record is matched when its golden customer is one of the ERP, and is a break, or idle, only when it is none.
with

customers_of_erp as (
    select distinct customer_id
    from {{ ref('customer_crosswalk') }}
    where source_role = 'erp'
)

select
    records.left_instance,
    records.left_key,
    records.outcome
from {{ ref('rec_customer_master') }} as records
left join customers_of_erp on records.counterparty_key = customers_of_erp.customer_id
where (records.outcome = 'matched') <> (customers_of_erp.customer_id is not null)
