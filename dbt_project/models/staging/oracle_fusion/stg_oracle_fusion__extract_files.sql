-- Grain: one row per file of a delivery; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__extract_files')) }}
)

select * from final
