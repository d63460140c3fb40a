-- Grain: one row per accounting book, subsidiary and period: the server's own sums. Debits > 0, credits < 0.
with

control_totals as (
    select * from {{ ref('stg_netsuite__control_totals') }}
),

subsidiaries as (
    select * from {{ ref('stg_netsuite__subsidiaries') }}
),

currencies as (
    select * from {{ ref('stg_netsuite__currencies') }}
),

fiscal_periods as (
    select * from {{ ref('int_netsuite__fiscal_periods') }}
),

final as (
    select
        control_totals.accounting_book_id as ledger_code,
        control_totals.source_entity_id,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        control_totals.line_count,
        control_totals.amount_debit_local,
        cast(-control_totals.amount_credit_local as {{ type_amount() }}) as amount_credit_local,
        currencies.currency_code as local_currency,
        control_totals.source_instance,
        control_totals.load_id,
        control_totals.recorded_at
    from control_totals
    left join subsidiaries
        on
            control_totals.source_instance = subsidiaries.source_instance
            and control_totals.source_entity_id = subsidiaries.source_entity_id
    left join currencies
        on
            subsidiaries.source_instance = currencies.source_instance
            and subsidiaries.currency_id = currencies.currency_id
    left join fiscal_periods
        on
            control_totals.source_instance = fiscal_periods.source_instance
            and control_totals.accounting_period_id = fiscal_periods.accounting_period_id
            and subsidiaries.fiscal_calendar_id = fiscal_periods.fiscal_calendar_id
)

select * from final
