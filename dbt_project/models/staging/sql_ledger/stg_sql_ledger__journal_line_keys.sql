-- Grain: one row per line there is; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__journal_line_keys')) }}
)

select * from final
