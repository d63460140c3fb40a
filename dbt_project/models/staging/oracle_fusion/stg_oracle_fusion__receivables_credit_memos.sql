-- Grain: one row per credit memo that Fusion billed; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__receivables_credit_memos')) }}
)

select * from final
