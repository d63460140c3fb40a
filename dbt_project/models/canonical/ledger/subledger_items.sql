-- Grain: one row per item of a customer's or supplier's account (a posting into accounts receivable or payable), with
-- entity, period and account of its posting date. Amounts are signed, debit > 0: what a customer owes is positive, what
-- is owed to a supplier negative. fct_ar_items and fct_ap_items add the counterparty.
-- Where an entity moved to another ERP, what is open then ends in the old books on the first day of the new ones
-- (is_handed_over), and counts in the new ones from that day on (is_brought_over, open_from_date): never in both. What is
-- posted into the old books after their end is never open there.
with

subledger_items as (
    select * from {{ ref('all_subledger_items') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

cut_overs as (
    select * from {{ ref('entity_cut_overs') }}
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

items as (
    select
        {{ surrogate_key([
            'subledger_items.source_instance', 'subledger_items.subledger', 'subledger_items.source_entity_id',
            'subledger_items.fiscal_year', 'subledger_items.document_number', 'subledger_items.line_number'
        ]) }} as subledger_item_id,
        subledger_items.subledger,
        {{ entity_columns('subledger_items.source_entity_id') }},
        entities.fiscal_calendar,
        subledger_items.fiscal_year,
        subledger_items.fiscal_period,
        fiscal_periods.period_end_date,
        fiscal_periods.calendar_month,
        subledger_items.document_number,
        subledger_items.line_number,
        subledger_items.document_type,
        subledger_items.item_type,
        subledger_items.source_counterparty_id,
        account_slices.account_id,
        subledger_items.chart_code,
        subledger_items.source_account_id,
        coalesce(account_slices.group_account_code, 'UNMAPPED') as group_account_code,
        coalesce(account_slices.is_mapped, false) as is_account_mapped,
        subledger_items.posting_date,
        subledger_items.document_date,
        subledger_items.due_date,
        subledger_items.terms_due_date,
        subledger_items.amount_transaction,
        subledger_items.transaction_currency,
        subledger_items.amount_local,
        subledger_items.local_currency,
        case
            when subledger_items.clearing_date < left_books.cut_over_date then subledger_items.clearing_date
            else coalesce(left_books.cut_over_date, subledger_items.clearing_date)
        end as clearing_date,
        case
            when
                left_books.cut_over_date is null or subledger_items.clearing_date < left_books.cut_over_date
                then subledger_items.clearing_document_number
        end as clearing_document_number,
        case
            when entity_crosswalk.is_kept then subledger_items.posting_date
            else coalesce(new_books.cut_over_date, subledger_items.posting_date)
        end as open_from_date,
        coalesce(not entity_crosswalk.is_kept, false) and new_books.cut_over_date is not null as is_brought_over,
        left_books.cut_over_date is not null
        and coalesce(subledger_items.clearing_date >= left_books.cut_over_date, true) as is_handed_over,
        subledger_items.reference_document,
        subledger_items.billing_document_number,
        subledger_items.is_reversal,
        subledger_items.is_reversed,
        subledger_items.payment_terms_code,
        subledger_items.source_instance,
        subledger_items.source_entity_id,
        subledger_items.load_id,
        subledger_items.recorded_at
    from subledger_items
    left join entity_crosswalk
        on
            subledger_items.source_instance = entity_crosswalk.source_instance
            and subledger_items.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('subledger_items.posting_date', 'entity_crosswalk') }}
    left join cut_overs as left_books
        on
            entity_crosswalk.entity_id = left_books.entity_id
            and subledger_items.source_instance = left_books.from_source_instance
            and left_books.cut_over_date <= {{ as_of_date() }}
    left join cut_overs as new_books
        on
            entity_crosswalk.entity_id = new_books.entity_id
            and subledger_items.source_instance = new_books.to_source_instance
    left join entities on entity_crosswalk.entity_id = entities.entity_id
    left join fiscal_periods
        on
            entities.fiscal_calendar = fiscal_periods.fiscal_calendar
            and subledger_items.fiscal_year = fiscal_periods.fiscal_year
            and subledger_items.fiscal_period = fiscal_periods.fiscal_period
    left join account_slices
        on
            subledger_items.source_instance = account_slices.source_instance
            and subledger_items.chart_code = account_slices.chart_code
            and subledger_items.source_account_id = account_slices.source_account_id
            and {{ is_valid_on('subledger_items.posting_date', 'account_slices') }}
),

final as (
    select
        *,
        coalesce(clearing_date, {{ open_end() }}) as open_until
    from items
)

select * from final
