-- Grain: one row per value of a value set; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__value_set_values')) }}
)

select * from final
