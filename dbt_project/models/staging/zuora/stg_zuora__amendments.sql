-- Grain: one row per amendment, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_zuora__amendments')) }}
)

select * from final
