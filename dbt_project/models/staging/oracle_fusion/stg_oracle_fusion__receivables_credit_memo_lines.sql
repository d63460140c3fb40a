-- Grain: one row per line of a credit memo; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__receivables_credit_memo_lines')) }}
)

select * from final
