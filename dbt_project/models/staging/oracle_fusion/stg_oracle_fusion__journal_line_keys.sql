-- Grain: one row per line that existed; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__journal_line_keys')) }}
)

select * from final
