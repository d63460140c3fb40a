-- Grain: one row per item of the master organization; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__items')) }}
)

select * from final
