-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'balances': ref('base_oracle_fusion__balances'),
        'chart_settings': ref('base_oracle_fusion__chart_settings'),
        'code_combinations': ref('base_oracle_fusion__code_combinations'),
        'customer_accounts': ref('base_oracle_fusion__customer_accounts'),
        'daily_rates': ref('base_oracle_fusion__daily_rates'),
        'extract_files': ref('base_oracle_fusion__extract_files'),
        'items': ref('base_oracle_fusion__items'),
        'journal_header_keys': ref('base_oracle_fusion__journal_header_keys'),
        'journal_headers': ref('base_oracle_fusion__journal_headers'),
        'journal_line_keys': ref('base_oracle_fusion__journal_line_keys'),
        'journal_lines': ref('base_oracle_fusion__journal_lines'),
        'ledgers': ref('base_oracle_fusion__ledgers'),
        'legal_entities': ref('base_oracle_fusion__legal_entities'),
        'parties': ref('base_oracle_fusion__parties'),
        'payables_installments': ref('base_oracle_fusion__payables_installments'),
        'payables_invoices': ref('base_oracle_fusion__payables_invoices'),
        'payables_payments': ref('base_oracle_fusion__payables_payments'),
        'payment_applications': ref('base_oracle_fusion__payment_applications'),
        'period_statuses': ref('base_oracle_fusion__period_statuses'),
        'receivable_applications': ref('base_oracle_fusion__receivable_applications'),
        'receivable_schedules': ref('base_oracle_fusion__receivable_schedules'),
        'receivables_credit_memo_lines': ref('base_oracle_fusion__receivables_credit_memo_lines'),
        'receivables_credit_memos': ref('base_oracle_fusion__receivables_credit_memos'),
        'receivables_invoice_lines': ref('base_oracle_fusion__receivables_invoice_lines'),
        'receivables_invoices': ref('base_oracle_fusion__receivables_invoices'),
        'subledger_headers': ref('base_oracle_fusion__subledger_headers'),
        'subledger_lines': ref('base_oracle_fusion__subledger_lines'),
        'subledger_transactions': ref('base_oracle_fusion__subledger_transactions'),
        'suppliers': ref('base_oracle_fusion__suppliers'),
        'value_set_values': ref('base_oracle_fusion__value_set_values'),
    }) }}
)

select * from final
