-- Grain: one row per entry of a company's general ledger. amount_… are signed, debit > 0; a correction is a negative
-- debit or a negative credit, and so turns the sign. The ledger speaks the local currency only: the currency of the
-- document is known to the ledgers of customers and vendors. The entry's number tells the lines of a document apart.
with

entries as (
    select * from {{ ref('stg_business_central__general_ledger_entries') }}
),

companies as (
    select * from {{ ref('int_business_central__companies') }}
),

fiscal_periods as (
    select * from {{ ref('int_business_central__fiscal_periods') }}
),

-- A dimension that is older than its entry was taken off it.
dimension_lines as (
    select lines.*
    from {{ ref('stg_business_central__general_ledger_entry_dimensions') }} as lines
    inner join entries
        on
            lines.source_instance = entries.source_instance
            and lines.company_id = entries.company_id
            and lines.entry_id = entries.record_id
            and lines.modified_at = entries.modified_at
),

global_dimensions as (
    select
        dimension_lines.source_instance,
        dimension_lines.company_id,
        dimension_lines.entry_id,
        max(case
            when dimension_lines.dimension_code = companies.cost_centre_dimension then dimension_lines.value_code
        end) as cost_centre_code,
        max(case
            when dimension_lines.dimension_code = companies.profit_centre_dimension then dimension_lines.value_code
        end) as profit_centre_code
    from dimension_lines
    inner join companies
        on
            dimension_lines.source_instance = companies.source_instance
            and dimension_lines.company_id = companies.company_id
    group by dimension_lines.source_instance, dimension_lines.company_id, dimension_lines.entry_id
),

partner_entries as (
    select
        source_instance,
        company_id,
        document_number,
        posting_date,
        external_document_number
    from {{ ref('stg_business_central__customer_ledger_entries') }}
    union all
    select
        source_instance,
        company_id,
        document_number,
        posting_date,
        external_document_number
    from {{ ref('stg_business_central__vendor_ledger_entries') }}
),

-- An entry of the ledger does not tell the external number of its document; those of customers and vendors do.
documents as (
    select
        source_instance,
        company_id,
        document_number,
        posting_date,
        min(external_document_number) as external_document_number
    from partner_entries
    group by source_instance, company_id, document_number, posting_date
),

final as (
    select
        {{ business_central_ledger() }} as ledger_code,
        companies.source_entity_id,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        entries.document_number,
        cast(entries.entry_number as varchar) as line_number,
        entries.document_type,
        entries.posting_date,
        -- The API tells neither the business date of an entry nor when it was keyed.
        entries.posting_date as document_date,
        cast(null as timestamp) as entry_timestamp,
        companies.source_entity_id as chart_code,
        entries.account_number as source_account_id,
        {{ business_central_record('companies.source_entity_id', 'global_dimensions.cost_centre_code') }}
            as source_cost_centre_id,
        global_dimensions.profit_centre_code,
        cast(null as varchar) as source_customer_id,
        cast(null as varchar) as source_supplier_id,
        cast(null as varchar) as source_product_id,
        cast(null as varchar) as partner_source_entity_id,
        entries.amount_local as amount_transaction,
        companies.local_currency as transaction_currency,
        entries.amount_local,
        companies.local_currency,
        false as is_amount_local_derived,
        cast(null as varchar) as reference_document,
        documents.external_document_number as assignment_reference,
        entries.amount_debit < 0 or entries.amount_credit < 0 as is_reversal,
        false as is_reversed,
        cast(null as varchar) as reverses_document_number,
        entries.line_text,
        entries.source_instance,
        entries.load_id,
        entries.recorded_at
    from entries
    inner join companies
        on
            entries.source_instance = companies.source_instance
            and entries.company_id = companies.company_id
    left join fiscal_periods
        on
            entries.source_instance = fiscal_periods.source_instance
            and entries.company_id = fiscal_periods.company_id
            and entries.posting_date between fiscal_periods.period_start_date and fiscal_periods.period_end_date
    left join global_dimensions
        on
            entries.source_instance = global_dimensions.source_instance
            and entries.company_id = global_dimensions.company_id
            and entries.record_id = global_dimensions.entry_id
    left join documents
        on
            entries.source_instance = documents.source_instance
            and entries.company_id = documents.company_id
            and entries.document_number = documents.document_number
            and entries.posting_date = documents.posting_date
)

select * from final
