-- Grain: one row per customer or supplier item of a document: what posted to a control account. Amounts are signed as in
-- the ledger: a customer owes > 0, a supplier is owed < 0. A partial payment is an item of its own.
with

items as (
    select * from {{ ref('stg_sap_s4hana__subledger_items') }}
),

company_codes as (
    select * from {{ ref('stg_sap_s4hana__company_codes') }}
),

posted_items as (
    select * from items
    -- Noted, parked, recurring and sample items (SAP's document status) are announcements, not postings: the ledger
    -- does not have them, and they stay in staging.
    where document_category is null or document_category not in ('D', 'M', 'S', 'V', 'W', 'Z')
),

final as (
    select
        case posted_items.financial_account_type when 'D' then 'AR' when 'K' then 'AP' end as subledger,
        posted_items.source_entity_id,
        posted_items.fiscal_year,
        posted_items.document_number,
        posted_items.line_number,
        posted_items.fiscal_period,
        posted_items.document_type,
        {{ sap_item_type('posted_items.document_type') }} as item_type,
        case posted_items.financial_account_type
            when 'D' then posted_items.source_customer_id
            when 'K' then posted_items.source_supplier_id
        end as source_counterparty_id,
        posted_items.source_account_id,
        company_codes.chart_code,
        posted_items.posting_date,
        posted_items.document_date,
        -- SAP leaves the due date of some items to be computed: base date plus net days; without terms, at once.
        coalesce(
            posted_items.net_due_date,
            cast(
                coalesce(
                    posted_items.due_calculation_base_date, posted_items.document_date, posted_items.posting_date
                )
                + coalesce(posted_items.net_payment_days, 0) * interval '1' day as date
            )
        ) as due_date,
        -- Only invoices have terms: a credit or a payment is due at once, or with the invoice it names. Where terms have
        -- no discount the days may stand in another field, and the net days are 0.
        case
            when
                posted_items.net_payment_days > 0
                and concat(posted_items.financial_account_type, posted_items.debit_credit_code) in ('DS', 'KH')
                then cast(
                    posted_items.due_calculation_base_date + posted_items.net_payment_days * interval '1' day as date
                )
        end as terms_due_date,
        posted_items.amount_transaction,
        posted_items.transaction_currency,
        posted_items.amount_local,
        posted_items.local_currency,
        posted_items.clearing_date,
        posted_items.clearing_document_number,
        posted_items.reference_document,
        posted_items.billing_document_number,
        posted_items.is_reversal,
        posted_items.is_reversed,
        posted_items.payment_terms_code,
        posted_items.source_instance,
        posted_items.load_id,
        posted_items.recorded_at
    from posted_items
    left join company_codes
        on
            posted_items.source_instance = company_codes.source_instance
            and posted_items.source_entity_id = company_codes.source_entity_id
)

select * from final
