-- Grain: one row per organization; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__parties')) }}
)

select * from final
