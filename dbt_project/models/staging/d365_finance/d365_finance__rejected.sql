-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'account_structures': ref('base_d365_finance__account_structures'),
        'customer_settlements': ref('base_d365_finance__customer_settlements'),
        'customer_transactions': ref('base_d365_finance__customer_transactions'),
        'customers': ref('base_d365_finance__customers'),
        'dimension_attributes': ref('base_d365_finance__dimension_attributes'),
        'dimension_combinations': ref('base_d365_finance__dimension_combinations'),
        'dimension_parameters': ref('base_d365_finance__dimension_parameters'),
        'dimension_values': ref('base_d365_finance__dimension_values'),
        'exchange_rates': ref('base_d365_finance__exchange_rates'),
        'fiscal_calendar_years': ref('base_d365_finance__fiscal_calendar_years'),
        'fiscal_periods': ref('base_d365_finance__fiscal_periods'),
        'journal_entries': ref('base_d365_finance__journal_entries'),
        'journal_lines': ref('base_d365_finance__journal_lines'),
        'ledger_totals': ref('base_d365_finance__ledger_totals'),
        'ledgers': ref('base_d365_finance__ledgers'),
        'legal_entities': ref('base_d365_finance__legal_entities'),
        'main_accounts': ref('base_d365_finance__main_accounts'),
        'party_relationships': ref('base_d365_finance__party_relationships'),
        'products': ref('base_d365_finance__products'),
        'sales_invoice_lines': ref('base_d365_finance__sales_invoice_lines'),
        'sales_invoices': ref('base_d365_finance__sales_invoices'),
        'vendor_settlements': ref('base_d365_finance__vendor_settlements'),
        'vendor_transactions': ref('base_d365_finance__vendor_transactions'),
        'vendors': ref('base_d365_finance__vendors'),
    }) }}
)

select * from final
