-- Grain: one row per supplier; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__suppliers')) }}
)

select * from final
