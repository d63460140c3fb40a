-- Grain: one row per line of a posted document, per ledger. amount_transaction and amount_local are signed, debit > 0.
-- Every join is a left join: a line whose account, cost centre or supplier nobody knows (yet) stays, with the code it
-- came with and a flag, and finds its master data on a later run. Entity, account and cost centre are those of the
-- posting date. Group currency is no matter of lines: balances are translated.
-- What an instance has of days on which another keeps the entity's books is in fct_cut_over_lines instead.
-- The trap: golden customers and product families are made of what CRM and billing say too, and would make the ledger as
-- old as the oldest of them. A line has the ERP's customer and product; who needs more joins customer_slices or
-- dim_product_slices on the posting date.
with

journal_lines as (
    select * from {{ ref('all_journal_lines') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

entities as (
    select * from {{ ref('dim_entities') }}
),

fiscal_periods as (
    select * from {{ ref('dim_fiscal_periods') }}
),

account_slices as (
    select * from {{ ref('dim_account_slices') }}
),

cost_centres as (
    select * from {{ ref('dim_cost_centres') }}
),

suppliers as (
    select * from {{ ref('dim_suppliers') }}
),

final as (
    select
        {{ surrogate_key([
            'journal_lines.source_instance', 'journal_lines.ledger_code', 'journal_lines.source_entity_id',
            'journal_lines.fiscal_year', 'journal_lines.document_number', 'journal_lines.line_number'
        ]) }} as journal_line_id,
        journal_lines.ledger_code,
        {{ entity_columns('journal_lines.source_entity_id') }},
        entities.fiscal_calendar,
        journal_lines.fiscal_year,
        journal_lines.fiscal_period,
        fiscal_periods.period_end_date,
        fiscal_periods.calendar_month,
        journal_lines.document_number,
        journal_lines.line_number,
        journal_lines.document_type,
        journal_lines.posting_date,
        journal_lines.document_date,
        journal_lines.entry_timestamp,
        account_slices.account_id,
        journal_lines.chart_code,
        journal_lines.source_account_id,
        coalesce(account_slices.group_account_code, 'UNMAPPED') as group_account_code,
        coalesce(account_slices.account_class, 'unmapped') as account_class,
        coalesce(account_slices.is_mapped, false) as is_account_mapped,
        coalesce(account_slices.is_known, false) as is_account_known,
        {{ member_id('journal_lines.source_cost_centre_id', 'cost_centres.cost_centre_id') }} as cost_centre_id,
        journal_lines.source_cost_centre_id,
        {{ is_member_known('journal_lines.source_cost_centre_id', 'cost_centres.cost_centre_id') }}
            as is_cost_centre_valid,
        journal_lines.profit_centre_code,
        journal_lines.source_customer_id,
        {{ member_id('journal_lines.source_supplier_id', 'suppliers.supplier_id') }} as supplier_id,
        journal_lines.source_supplier_id,
        {{ is_member_known('journal_lines.source_supplier_id', 'suppliers.supplier_id') }} as is_supplier_known,
        journal_lines.source_product_id,
        partner_crosswalk.entity_id as partner_entity_id,
        coalesce(partner_crosswalk.entity_code, journal_lines.partner_source_entity_id) as partner_entity_code,
        journal_lines.amount_transaction,
        journal_lines.transaction_currency,
        journal_lines.amount_local,
        journal_lines.local_currency,
        journal_lines.is_amount_local_derived,
        journal_lines.reference_document,
        -- Where the ERP assigns nothing, the reference is all there is to find the other side by.
        coalesce(journal_lines.assignment_reference, journal_lines.reference_document) as assignment_reference,
        journal_lines.is_reversal,
        journal_lines.is_reversed,
        journal_lines.reverses_document_number,
        journal_lines.line_text,
        journal_lines.source_instance,
        journal_lines.source_entity_id,
        journal_lines.load_id,
        journal_lines.recorded_at
    from journal_lines
    left join entity_crosswalk
        on
            journal_lines.source_instance = entity_crosswalk.source_instance
            and journal_lines.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('journal_lines.posting_date', 'entity_crosswalk') }}
    left join entities on entity_crosswalk.entity_id = entities.entity_id
    left join entity_crosswalk as partner_crosswalk
        on
            journal_lines.source_instance = partner_crosswalk.source_instance
            and journal_lines.partner_source_entity_id = partner_crosswalk.source_entity_id
            and {{ is_valid_on('journal_lines.posting_date', 'partner_crosswalk') }}
    left join fiscal_periods
        on
            entities.fiscal_calendar = fiscal_periods.fiscal_calendar
            and journal_lines.fiscal_year = fiscal_periods.fiscal_year
            and journal_lines.fiscal_period = fiscal_periods.fiscal_period
    left join account_slices
        on
            journal_lines.source_instance = account_slices.source_instance
            and journal_lines.chart_code = account_slices.chart_code
            and journal_lines.source_account_id = account_slices.source_account_id
            and {{ is_valid_on('journal_lines.posting_date', 'account_slices') }}
    left join cost_centres
        on
            journal_lines.source_instance = cost_centres.source_instance
            and journal_lines.source_cost_centre_id = cost_centres.source_cost_centre_id
            and {{ is_valid_on('journal_lines.posting_date', 'cost_centres') }}
    left join suppliers
        on
            journal_lines.source_instance = suppliers.source_instance
            and journal_lines.source_supplier_id = suppliers.source_supplier_id
    where coalesce(entity_crosswalk.is_kept, true)
)

select * from final
