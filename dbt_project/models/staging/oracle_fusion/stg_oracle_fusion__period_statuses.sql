-- Grain: one row per period of a ledger and application; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__period_statuses')) }}
)

select * from final
