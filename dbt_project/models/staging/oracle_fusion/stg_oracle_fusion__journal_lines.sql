-- Grain: one row per line of a journal; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__journal_lines')) }}
)

select * from final
