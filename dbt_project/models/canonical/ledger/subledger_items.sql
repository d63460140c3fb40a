-- Grain: one row per item of a customer's or supplier's account (a posting into accounts receivable or payable), with
-- entity, period and account of its posting date. Amounts are signed, debit > 0: what a customer owes is positive, what
-- is owed to a supplier negative. fct_ar_items and fct_ap_items add the counterparty.
with

subledger_items as (
    select * from {{ ref('all_subledger_items') }}
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

final as (
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
        subledger_items.amount_transaction,
        subledger_items.transaction_currency,
        subledger_items.amount_local,
        subledger_items.local_currency,
        subledger_items.clearing_date,
        coalesce(subledger_items.clearing_date, {{ open_end() }}) as open_until,
        subledger_items.clearing_document_number,
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
)

select * from final
