-- Grain: one row per instance: how the company file says the numbers are meant, with the reason to reject it if there is
-- one. The source has checked the words when it was built.
with

source as (
    {{ current_rows(source('landed_trial_balance_files', 'conventions'), ['ledger']) }}
),

fiscal_calendars as (
    select * from {{ ref('fiscal_calendars') }}
),

final as (
    select
        source.source_instance,
        source.load_id,
        source.recorded_at,
        {{ natural_key(['source.ledger']) }} as source_key,
        source.ledger as ledger_code,
        {{ normalise_code('source.chart') }} as chart_code,
        source.fiscal_calendar,
        fiscal_calendars.first_month,
        source.sign = 'natural' as is_sign_natural,
        source.balance_sheet_amounts = 'balance' as is_balance_sheet_closing,
        source.income_statement_amounts = 'year_to_date' as is_income_statement_closing,
        {{ boolean('source.is_result_in_equity') }} as is_result_in_equity,
        {{ whole_number('source.days_after_period_end', 'integer') }} as days_after_period_end,
        ' ' || coalesce(source.adjustment_dates, '') || ' ' as adjustment_dates,
        source.actual_scenario,
        source.rate_currency,
        {{ rejection_reason([
            required('ledger'),
            required('chart'),
            rejected_when('fiscal_calendars.first_month is null',
                "'fiscal_calendar is unknown: ' || coalesce(source.fiscal_calendar, '')"),
            required('days_after_period_end', whole_number('days_after_period_end', 'integer')),
            required('actual_scenario'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join fiscal_calendars on source.fiscal_calendar = fiscal_calendars.fiscal_calendar
)

select * from final
