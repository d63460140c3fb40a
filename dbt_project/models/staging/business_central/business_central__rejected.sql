-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'accounting_periods': ref('base_business_central__accounting_periods'),
        'accounts': ref('base_business_central__accounts'),
        'companies': ref('base_business_central__companies'),
        'company_information': ref('base_business_central__company_information'),
        'currency_exchange_rates': ref('base_business_central__currency_exchange_rates'),
        'customer_ledger_entries': ref('base_business_central__customer_ledger_entries'),
        'customer_posting_groups': ref('base_business_central__customer_posting_groups'),
        'customers': ref('base_business_central__customers'),
        'dimension_values': ref('base_business_central__dimension_values'),
        'general_ledger_entries': ref('base_business_central__general_ledger_entries'),
        'general_ledger_entry_dimensions': ref('base_business_central__general_ledger_entry_dimensions'),
        'general_ledger_setup': ref('base_business_central__general_ledger_setup'),
        'items': ref('base_business_central__items'),
        'ledger_credit_totals': ref('base_business_central__ledger_credit_totals'),
        'ledger_debit_totals': ref('base_business_central__ledger_debit_totals'),
        'sales_credit_memo_lines': ref('base_business_central__sales_credit_memo_lines'),
        'sales_credit_memos': ref('base_business_central__sales_credit_memos'),
        'sales_invoice_lines': ref('base_business_central__sales_invoice_lines'),
        'sales_invoices': ref('base_business_central__sales_invoices'),
        'vendor_ledger_entries': ref('base_business_central__vendor_ledger_entries'),
        'vendor_posting_groups': ref('base_business_central__vendor_posting_groups'),
        'vendors': ref('base_business_central__vendors'),
    }) }}
)

select * from final
