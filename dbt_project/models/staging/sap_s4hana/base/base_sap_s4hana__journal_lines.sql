-- Grain: one row per line of a document in one ledger, current version.
-- fiscal_period is the ERP's own (13 to 16 are special periods); posting_date never decides it. Amounts: debit > 0.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'journal_lines'), [
        'SourceLedger', 'CompanyCode', 'FiscalYear', 'AccountingDocument', 'LedgerGLLineItem', 'Ledger'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key([
            'SourceLedger', 'CompanyCode', 'FiscalYear', 'AccountingDocument', 'LedgerGLLineItem', 'Ledger'
        ]) }} as source_key,
        {{ normalise_code('SourceLedger') }} as source_ledger_code,
        {{ normalise_code('Ledger') }} as ledger_code,
        {{ text('CompanyCode') }} as source_entity_id,
        {{ whole_number('FiscalYear', 'integer') }} as fiscal_year,
        {{ whole_number('FiscalPeriod', 'integer') }} as fiscal_period,
        {{ normalise_code('AccountingDocument') }} as document_number,
        {{ normalise_code('LedgerGLLineItem') }} as line_number,
        {{ normalise_code('AccountingDocumentType') }} as document_type,
        {{ normalise_code('AccountingDocumentCategory') }} as document_category,
        {{ sap_date('PostingDate') }} as posting_date,
        {{ sap_date('DocumentDate') }} as document_date,
        {{ sap_timestamp('CreationDateTime') }} as entry_timestamp,
        {{ sap_timestamp('LastChangeDateTime') }} as modified_at,
        {{ normalise_code('ChartOfAccounts') }} as chart_code,
        {{ normalise_code('GLAccount') }} as source_account_id,
        {{ normalise_code('FinancialAccountType') }} as financial_account_type,
        {{ normalise_code('CostCenter') }} as source_cost_centre_id,
        {{ normalise_code('ProfitCenter') }} as profit_centre_code,
        {{ normalise_code('FunctionalArea') }} as functional_area_code,
        {{ normalise_code('Segment') }} as segment_code,
        {{ normalise_code('PartnerCompany') }} as partner_company_code,
        {{ normalise_code('Customer') }} as source_customer_id,
        {{ normalise_code('Supplier') }} as source_supplier_id,
        {{ normalise_code('Product') }} as source_product_id,
        {{ normalise_code('DebitCreditCode') }} as debit_credit_code,
        {{ amount('AmountInTransactionCurrency') }} as amount_transaction,
        {{ normalise_code('TransactionCurrency') }} as transaction_currency,
        {{ amount('AmountInCompanyCodeCurrency') }} as amount_local,
        {{ normalise_code('CompanyCodeCurrency') }} as local_currency,
        {{ amount('AmountInGlobalCurrency') }} as amount_global,
        {{ normalise_code('GlobalCurrency') }} as global_currency,
        coalesce({{ boolean('IsReversal') }}, false) as is_reversal,
        coalesce({{ boolean('IsReversed') }}, false) as is_reversed,
        {{ normalise_code('ReversalReferenceDocument') }} as reversal_reference_document,
        {{ normalise_code('ReferenceDocumentType') }} as reference_document_type,
        {{ normalise_code('ReferenceDocument') }} as reference_document,
        {{ text('AssignmentReference') }} as assignment_reference,
        {{ text('DocumentItemText') }} as line_text,
        {{ normalise_code('SalesDocument') }} as sales_document_number,
        {{ normalise_code('PurchasingDocument') }} as purchasing_document_number,
        {{ normalise_code('InvoiceReference') }} as invoice_reference,
        {{ text('AccountingDocCreatedByUser') }} as created_by_user,
        {{ rejection_reason([
            required('Ledger'),
            required('CompanyCode'),
            required('FiscalYear', whole_number('FiscalYear', 'integer')),
            required('FiscalPeriod', whole_number('FiscalPeriod', 'integer')),
            required('AccountingDocument'),
            required('LedgerGLLineItem'),
            required('PostingDate', sap_date('PostingDate')),
            castable('DocumentDate', sap_date('DocumentDate')),
            castable('CreationDateTime', sap_timestamp('CreationDateTime')),
            castable('LastChangeDateTime', sap_timestamp('LastChangeDateTime')),
            required('ChartOfAccounts'),
            required('GLAccount'),
            required('AmountInTransactionCurrency', amount('AmountInTransactionCurrency')),
            required('TransactionCurrency'),
            required('AmountInCompanyCodeCurrency', amount('AmountInCompanyCodeCurrency')),
            required('CompanyCodeCurrency'),
            castable('AmountInGlobalCurrency', amount('AmountInGlobalCurrency')),
            castable('IsReversal', boolean('IsReversal')),
            castable('IsReversed', boolean('IsReversed')),
            debit_credit_mismatch('DebitCreditCode', 'AmountInTransactionCurrency'),
            debit_credit_mismatch('DebitCreditCode', 'AmountInCompanyCodeCurrency'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
