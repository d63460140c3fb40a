-- Grain: one row per ledger or ledger set; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__ledgers')) }}
)

select * from final
