-- Grain: one row per credit memo.
with

final as (
    {{ accepted_rows(ref('base_zuora__credit_memos')) }}
)

select * from final
