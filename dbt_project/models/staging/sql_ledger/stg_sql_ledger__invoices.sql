-- Grain: one row per invoice or credit note; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__invoices')) }}
)

select * from final
