-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'accounts': ref('base_sql_ledger__accounts'),
        'control_totals': ref('base_sql_ledger__control_totals'),
        'conventions': ref('base_sql_ledger__conventions'),
        'cost_centres': ref('base_sql_ledger__cost_centres'),
        'customers': ref('base_sql_ledger__customers'),
        'entities': ref('base_sql_ledger__entities'),
        'invoice_lines': ref('base_sql_ledger__invoice_lines'),
        'invoices': ref('base_sql_ledger__invoices'),
        'journal_line_keys': ref('base_sql_ledger__journal_line_keys'),
        'journal_lines': ref('base_sql_ledger__journal_lines'),
        'payable_items': ref('base_sql_ledger__payable_items'),
        'products': ref('base_sql_ledger__products'),
        'receivable_items': ref('base_sql_ledger__receivable_items'),
        'suppliers': ref('base_sql_ledger__suppliers'),
    }) }}
)

select * from final
