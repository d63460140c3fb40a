-- Grain: one row per journal that existed; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__journal_header_keys')) }}
)

select * from final
