-- Grain: one row per payment and invoice it settles, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_zuora__payment_parts')) }}
)

select * from final
