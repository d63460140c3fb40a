-- Grain: one row per line of a document in one ledger. amount_… are signed, debit > 0. A reversal is a document of its
-- own in its own period; the document it reverses stays where it was posted.
with

lines as (
    select * from {{ ref('stg_sap_s4hana__journal_lines') }}
),

companies as (
    {{ sap_company_codes_of_companies(ref('stg_sap_s4hana__company_codes')) }}
),

final as (
    select
        lines.ledger_code,
        lines.source_entity_id,
        lines.fiscal_year,
        lines.fiscal_period,
        lines.document_number,
        lines.line_number,
        lines.document_type,
        lines.posting_date,
        lines.document_date,
        lines.entry_timestamp,
        lines.chart_code,
        lines.source_account_id,
        lines.source_cost_centre_id,
        lines.profit_centre_code,
        lines.source_customer_id,
        lines.source_supplier_id,
        lines.source_product_id,
        coalesce(companies.source_entity_id, lines.partner_company_code) as partner_source_entity_id,
        lines.amount_transaction,
        lines.transaction_currency,
        lines.amount_local,
        lines.local_currency,
        -- SAP posts in both currencies.
        false as is_amount_local_derived,
        lines.reference_document,
        lines.assignment_reference,
        lines.is_reversal,
        lines.is_reversed,
        -- SAP fills the reference on both documents; only the reversal's names what it reverses.
        case when lines.is_reversal then lines.reversal_reference_document end as reverses_document_number,
        lines.line_text,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    left join companies
        on
            lines.source_instance = companies.source_instance
            and lines.partner_company_code = companies.company_code
)

select * from final
