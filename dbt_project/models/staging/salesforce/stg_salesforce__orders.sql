-- Grain: one row per order, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_salesforce__orders')) }}
)

select * from final
