-- Grain: one row per journal; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__journal_headers')) }}
)

select * from final
