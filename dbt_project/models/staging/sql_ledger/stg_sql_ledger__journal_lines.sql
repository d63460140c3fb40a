-- Grain: one row per line of a voucher, as last landed; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__journal_lines')) }}
)

select * from final
