-- Grain: one row per item of a posted document, with what its head and its company code say. amount_… are signed, debit
-- > 0, and what they stand for: the tables keep all currencies with two decimals. Noted, parked, recurring and sample
-- documents are announcements, and those of other ledgers (status L) have no items here.
with

items as (
    select * from {{ ref('stg_sap_ecc__document_items') }}
),

documents as (
    select * from {{ ref('stg_sap_ecc__documents') }}
    where document_status is null or document_status in ('A', 'B')
),

company_codes as (
    select * from {{ ref('stg_sap_ecc__company_codes') }}
),

currency_decimals as (
    select * from {{ ref('stg_sap_ecc__currency_decimals') }}
),

final as (
    select
        items.source_entity_id,
        items.fiscal_year,
        documents.fiscal_period,
        items.document_number,
        items.line_number,
        documents.document_type,
        documents.posting_date,
        documents.document_date,
        documents.entry_timestamp,
        company_codes.chart_code,
        items.source_account_id,
        items.financial_account_type,
        items.source_cost_centre_id,
        items.profit_centre_code,
        items.source_customer_id,
        items.source_supplier_id,
        items.source_product_id,
        items.partner_company_code,
        {{ sap_ecc_amount('items.stored_amount_transaction', 'decimals_of_document.decimals') }} as amount_transaction,
        documents.transaction_currency,
        {{ sap_ecc_amount('items.stored_amount_local', 'decimals_of_company.decimals') }} as amount_local,
        coalesce(documents.local_currency, company_codes.local_currency) as local_currency,
        documents.reference_document,
        items.assignment_reference,
        items.line_text,
        -- 1 was reversed, 2 reverses another.
        coalesce(documents.reversal_code = '2', false) as is_reversal,
        coalesce(documents.reversal_code = '1', false) as is_reversed,
        documents.reversal_document_number,
        -- Terms of payment have up to three steps; the last one is net.
        cast(
            {{ days_after(
                'coalesce(items.due_base_date, documents.document_date, documents.posting_date)',
                'coalesce(nullif(items.net_days, 0), nullif(items.discount_days_2, 0), items.discount_days_1, 0)'
            ) }} as date
        ) as net_due_date,
        items.clearing_date,
        items.clearing_document_number,
        items.invoice_reference,
        items.invoice_reference_fiscal_year,
        items.billing_document_number,
        items.source_instance,
        items.load_id,
        items.recorded_at
    from items
    inner join documents
        on
            items.source_instance = documents.source_instance
            and items.source_entity_id = documents.source_entity_id
            and items.fiscal_year = documents.fiscal_year
            and items.document_number = documents.document_number
    left join company_codes
        on
            items.source_instance = company_codes.source_instance
            and items.source_entity_id = company_codes.source_entity_id
    left join currency_decimals as decimals_of_document
        on
            documents.source_instance = decimals_of_document.source_instance
            and documents.transaction_currency = decimals_of_document.currency_code
    left join currency_decimals as decimals_of_company
        on
            documents.source_instance = decimals_of_company.source_instance
            and coalesce(documents.local_currency, company_codes.local_currency) = decimals_of_company.currency_code
)

select * from final
