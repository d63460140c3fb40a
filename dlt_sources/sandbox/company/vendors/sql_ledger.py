"""A ledger that somebody once wrote for a subsidiary: plain tables, debit and credit apart, rows that are deleted."""

from __future__ import annotations

from dlt_sources.sandbox.company.vendors import relations

SYSTEM = "sql_ledger"
# A voucher is begun on the 27th of every month and thrown away two days later: no row is left of it.
_DRAFTS = """
    select CompanyCode as company_code,
        year(begun) - case when FiscalYearVariant = 'V3' and month(begun) < 4 then 1 else 0 end as fiscal_year,
        case FiscalYearVariant when 'V3' then (month(begun) + 8) % 12 + 1 else month(begun) end as period,
        '9900000001' as voucher_no, line_no, 'SA' as voucher_type, false as posted, begun as posting_date,
        begun as voucher_date, cast(begun as timestamp) as entered_at,
        (select ltrim(min(GLAccount), '0') from gl_accounts) as account_no,
        case line_no when 1 then 100 else 0 end as debit, case line_no when 2 then 100 else 0 end as credit,
        debit as debit_fc, credit as credit_fc, Currency as currency, false as is_reversal, false as is_reversed,
        'Draft' as line_text, cast(begun as timestamp) as changed_at
    from company_codes
    cross join (select cast(date_trunc('month', today) as date) + 26 as begun, today from as_of)
    cross join (values (1), (2)) as lines (line_no)
    where today between begun and begun + 1
"""


def _plain(column: str) -> str:
    """A number without its zeros, null for none."""
    return f"nullif(ltrim({column}, '0'), '')"


_ITEM = f"""
    select CompanyCode as company_code, cast(FiscalYear as integer) as fiscal_year,
        cast(FiscalPeriod as integer) as period, {_plain("AccountingDocument")} as voucher_no,
        cast(AccountingDocumentItem as integer) as line_no, AccountingDocumentType as voucher_type,
        case when AccountingDocumentType in ('RV', 'DR', 'RE', 'KR') then 'invoice'
            when AccountingDocumentType = 'DG' then 'credit_memo'
            when AccountingDocumentType in ('DZ', 'KZ') then 'payment' else 'other' end as item_kind,
        {_plain("coalesce(nullif(Customer, ''), Supplier)")} as party_no, {_plain("GLAccount")} as account_no,
        PostingDate as posting_date, DocumentDate as voucher_date, NetDueDate as due_date,
        AmountInCompanyCodeCurrency as amount, AmountInTransactionCurrency as amount_fc,
        TransactionCurrency as currency, ClearingDate as cleared_on,
        {_plain("ClearingAccountingDocument")} as cleared_by,
        {_plain("DocumentReferenceID")} as reference, {_plain("BillingDocument")} as invoice_no,
        IsReversal as is_reversal, IsReversed as is_reversed
    from subledger_items
    where FinancialAccountType = '{{kind}}'
    order by company_code, fiscal_year, voucher_no, line_no
"""
_QUERIES = {
    "company": """
        select CompanyCode as company_code, CompanyCodeName as legal_name, Country as country, Currency as currency,
            case FiscalYearVariant when 'V3' then 4 else 1 end as first_month
        from company_codes
    """,
    "account": f"""
        select {_plain("accounts.GLAccount")} as account_no, GLAccountLongName as title,
            case when IsBalanceSheetAccount then 'BS' else 'PL' end as kind
        from gl_accounts accounts
        inner join gl_account_texts texts
            on accounts.ChartOfAccounts = texts.ChartOfAccounts and accounts.GLAccount = texts.GLAccount
    """,
    "department": f"""
        select {_plain("CostCenter")} as dept_no, CostCenterDescription as title, CompanyCode as company_code,
            ProfitCenter as profit_centre, nullif(centres.ValidityEndDate, date '9999-12-31') as closed_on
        from cost_centers centres inner join cost_center_texts using (ControllingArea, CostCenter)
    """,
    "customer": f"""
        select {_plain("Customer")} as customer_no, CustomerName as name, Country as country,
            nullif(VATRegistration, '') as tax_no, {_plain("CustomerCorporateGroup")} as parent_no,
            DeletionIndicator as inactive
        from customers left join business_partner_addresses on BusinessPartner = Customer
    """,
    "vendor": f"""
        select {_plain("Supplier")} as vendor_no, SupplierName as name, Country as country, VATRegistration as tax_no,
            DeletionIndicator as inactive
        from suppliers left join business_partner_addresses on BusinessPartner = Supplier
    """,
    "item": """
        select Product as item_no, ProductDescription as title, ProductGroup as family
        from products inner join product_descriptions using (Product)
    """,
    "gl_entry": f"""
        select CompanyCode as company_code, cast(FiscalYear as integer) as fiscal_year,
            cast(FiscalPeriod as integer) as period, {_plain("AccountingDocument")} as voucher_no,
            cast(LedgerGLLineItem as integer) as line_no, AccountingDocumentType as voucher_type, true as posted,
            PostingDate as posting_date, DocumentDate as voucher_date, CreationDateTime as entered_at,
            {_plain("GLAccount")} as account_no, {_plain("CostCenter")} as dept_no, ProfitCenter as profit_centre,
            {_plain("Customer")} as customer_no, {_plain("Supplier")} as vendor_no, nullif(Product, '') as item_no,
            nullif(PartnerCompany, '') as partner_company,
            greatest(AmountInCompanyCodeCurrency, 0) as debit, greatest(-AmountInCompanyCodeCurrency, 0) as credit,
            greatest(AmountInTransactionCurrency, 0) as debit_fc,
            greatest(-AmountInTransactionCurrency, 0) as credit_fc,
            TransactionCurrency as currency, {_plain("ReferenceDocument")} as reference,
            nullif(AssignmentReference, '') as assignment, IsReversal as is_reversal, IsReversed as is_reversed,
            {_plain("ReversalReferenceDocument")} as reverses_voucher_no, DocumentItemText as line_text,
            LastChangeDateTime as changed_at
        from journal_lines
        where Ledger = '0L'
        union all by name
        {_DRAFTS}
        order by company_code, fiscal_year, voucher_no, line_no
    """,
    "customer_item": _ITEM.format(kind="D"),
    "vendor_item": _ITEM.format(kind="K"),
    "sales_invoice": f"""
        select {_plain("documents.BillingDocument")} as invoice_no, CompanyCode as company_code,
            {_plain("PayerParty")} as customer_no, BillingDocumentDate as invoice_date, items.due_date,
            (case SDDocumentCategory when 'N' then -1 else 1 end) * TotalNetAmount as net,
            (case SDDocumentCategory when 'N' then -1 else 1 end) * TaxAmount as tax,
            (case SDDocumentCategory when 'N' then -1 else 1 end) * TotalGrossAmount as gross,
            TransactionCurrency as currency,
            case when BillingDocumentIsCancelled or CancelledBillingDocument <> '' then 'cancelled'
                when items.is_cleared then 'paid' else 'open' end as status
        from billing_documents documents
        left join (
            select BillingDocument, min(NetDueDate) as due_date, bool_and(IsCleared) as is_cleared
            from subledger_items where BillingDocument <> '' group by all
        ) items using (BillingDocument)
        order by invoice_no
    """,
    "sales_invoice_line": f"""
        select {_plain("items.BillingDocument")} as invoice_no, cast(BillingDocumentItem as integer) as line_no,
            Material as item_no, BillingQuantity as quantity,
            (case SDDocumentCategory when 'N' then -1 else 1 end) * NetAmount as net
        from billing_document_items items inner join billing_documents using (BillingDocument)
        order by invoice_no, line_no
    """,
}


TABLES = relations.tables(SYSTEM, _QUERIES)
