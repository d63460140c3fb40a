-- Grain: one row per pair of currencies, day and type of rate; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__daily_rates')) }}
)

select * from final
