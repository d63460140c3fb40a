-- Grain: one row per combination of segment values; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__code_combinations')) }}
)

select * from final
