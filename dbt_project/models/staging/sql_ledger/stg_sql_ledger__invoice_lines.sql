-- Grain: one row per line of an invoice; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__invoice_lines')) }}
)

select * from final
