-- Grain: one row per payment, failed and deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_zuora__payments')) }}
)

select * from final
