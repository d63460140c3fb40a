-- Grain: one row per balance of a ledger, combination, period, currency and kind; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__balances')) }}
)

select * from final
