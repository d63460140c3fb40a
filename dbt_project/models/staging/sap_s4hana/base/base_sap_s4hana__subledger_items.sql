-- Grain: one row per customer or supplier item of an accounting document, current version.
-- Amounts are signed as the ledger's: a customer's invoice > 0, a supplier's < 0.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'subledger_items'), [
        'CompanyCode', 'FiscalYear', 'AccountingDocument', 'AccountingDocumentItem'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key([
            'CompanyCode', 'FiscalYear', 'AccountingDocument', 'AccountingDocumentItem'
        ]) }} as source_key,
        {{ text('CompanyCode') }} as source_entity_id,
        {{ whole_number('FiscalYear', 'integer') }} as fiscal_year,
        {{ whole_number('FiscalPeriod', 'integer') }} as fiscal_period,
        {{ normalise_code('AccountingDocument') }} as document_number,
        {{ normalise_code('AccountingDocumentItem') }} as line_number,
        {{ normalise_code('AccountingDocumentType') }} as document_type,
        {{ normalise_code('AccountingDocumentCategory') }} as document_category,
        {{ normalise_code('FinancialAccountType') }} as financial_account_type,
        {{ normalise_code('SpecialGLCode') }} as special_gl_code,
        {{ normalise_code('Customer') }} as source_customer_id,
        {{ normalise_code('Supplier') }} as source_supplier_id,
        {{ normalise_code('GLAccount') }} as source_account_id,
        {{ sap_date('PostingDate') }} as posting_date,
        {{ sap_date('DocumentDate') }} as document_date,
        {{ sap_date('NetDueDate') }} as net_due_date,
        {{ sap_date('DueCalculationBaseDate') }} as due_calculation_base_date,
        {{ whole_number('NetPaymentDays', 'integer') }} as net_payment_days,
        {{ normalise_code('PaymentTerms') }} as payment_terms_code,
        {{ normalise_code('PaymentBlockingReason') }} as payment_blocking_reason,
        {{ normalise_code('DebitCreditCode') }} as debit_credit_code,
        {{ amount('AmountInTransactionCurrency') }} as amount_transaction,
        {{ normalise_code('TransactionCurrency') }} as transaction_currency,
        {{ amount('AmountInCompanyCodeCurrency') }} as amount_local,
        {{ normalise_code('CompanyCodeCurrency') }} as local_currency,
        coalesce({{ boolean('IsCleared') }}, false) as is_cleared,
        {{ sap_date('ClearingDate') }} as clearing_date,
        {{ normalise_code('ClearingAccountingDocument') }} as clearing_document_number,
        {{ whole_number('ClearingDocFiscalYear', 'integer') }} as clearing_fiscal_year,
        {{ normalise_code('InvoiceReference') }} as invoice_reference,
        {{ whole_number('InvoiceReferenceFiscalYear', 'integer') }} as invoice_reference_fiscal_year,
        {{ normalise_code('BillingDocument') }} as billing_document_number,
        {{ normalise_code('SalesDocument') }} as sales_document_number,
        {{ normalise_code('PurchasingDocument') }} as purchasing_document_number,
        {{ normalise_code('DocumentReferenceID') }} as reference_document,
        {{ text('AssignmentReference') }} as assignment_reference,
        {{ text('DocumentItemText') }} as line_text,
        {{ normalise_code('PartnerCompany') }} as partner_company_code,
        coalesce({{ boolean('IsReversal') }}, false) as is_reversal,
        coalesce({{ boolean('IsReversed') }}, false) as is_reversed,
        {{ normalise_code('ReverseDocument') }} as reversal_reference_document,
        {{ sap_date('LastChangeDate') }} as modified_date,
        {{ sap_date('AccountingDocumentCreationDate') }} as created_date,
        {{ rejection_reason([
            required('CompanyCode'),
            required('FiscalYear', whole_number('FiscalYear', 'integer')),
            required('FiscalPeriod', whole_number('FiscalPeriod', 'integer')),
            required('AccountingDocument'),
            required('AccountingDocumentItem'),
            required('GLAccount'),
            rejected_when(
                "coalesce(FinancialAccountType, '') not in ('D', 'K')",
                "'FinancialAccountType is neither D nor K: ' || coalesce(FinancialAccountType, 'missing')"
            ),
            rejected_when(
                "coalesce(case FinancialAccountType when 'D' then Customer when 'K' then Supplier end, '') = ''",
                "'item names no customer or supplier'"
            ),
            required('PostingDate', sap_date('PostingDate')),
            castable('DocumentDate', sap_date('DocumentDate')),
            castable('NetDueDate', sap_date('NetDueDate')),
            castable('DueCalculationBaseDate', sap_date('DueCalculationBaseDate')),
            castable('NetPaymentDays', whole_number('NetPaymentDays', 'integer')),
            required('AmountInTransactionCurrency', amount('AmountInTransactionCurrency')),
            required('TransactionCurrency'),
            required('AmountInCompanyCodeCurrency', amount('AmountInCompanyCodeCurrency')),
            required('CompanyCodeCurrency'),
            castable('IsCleared', boolean('IsCleared')),
            castable('ClearingDate', sap_date('ClearingDate')),
            castable('ClearingDocFiscalYear', whole_number('ClearingDocFiscalYear', 'integer')),
            castable('InvoiceReferenceFiscalYear', whole_number('InvoiceReferenceFiscalYear', 'integer')),
            castable('IsReversal', boolean('IsReversal')),
            castable('IsReversed', boolean('IsReversed')),
            castable('LastChangeDate', sap_date('LastChangeDate')),
            castable('AccountingDocumentCreationDate', sap_date('AccountingDocumentCreationDate')),
            debit_credit_mismatch('DebitCreditCode', 'AmountInTransactionCurrency'),
            debit_credit_mismatch('DebitCreditCode', 'AmountInCompanyCodeCurrency'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
