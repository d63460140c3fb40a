-- Grain: one row per receiving transaction, voided ones included; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_coupa__receipts')) }}
)

select * from final
