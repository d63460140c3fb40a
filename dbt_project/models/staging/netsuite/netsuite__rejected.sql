-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'account_types': ref('base_netsuite__account_types'),
        'accounting_books': ref('base_netsuite__accounting_books'),
        'accounting_lines': ref('base_netsuite__accounting_lines'),
        'accounting_period_calendars': ref('base_netsuite__accounting_period_calendars'),
        'accounting_periods': ref('base_netsuite__accounting_periods'),
        'accounts': ref('base_netsuite__accounts'),
        'classes': ref('base_netsuite__classes'),
        'consolidated_exchange_rates': ref('base_netsuite__consolidated_exchange_rates'),
        'control_totals': ref('base_netsuite__control_totals'),
        'currencies': ref('base_netsuite__currencies'),
        'currency_rates': ref('base_netsuite__currency_rates'),
        'customers': ref('base_netsuite__customers'),
        'deleted_records': ref('base_netsuite__deleted_records'),
        'departments': ref('base_netsuite__departments'),
        'fiscal_calendars': ref('base_netsuite__fiscal_calendars'),
        'items': ref('base_netsuite__items'),
        'line_links': ref('base_netsuite__line_links'),
        'subsidiaries': ref('base_netsuite__subsidiaries'),
        'transaction_lines': ref('base_netsuite__transaction_lines'),
        'transactions': ref('base_netsuite__transactions'),
        'vendors': ref('base_netsuite__vendors'),
    }) }}
)

select * from final
