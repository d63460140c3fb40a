-- Grain: one row per chart of accounts; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__chart_settings')) }}
)

select * from final
