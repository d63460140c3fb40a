-- Grain: one row per primary ledger. Secondary ledgers and reporting currencies show the same transactions once more, and
-- a ledger set is no ledger.
with

ledgers as (
    select * from {{ ref('stg_oracle_fusion__ledgers') }}
    where object_type = 'L' and ledger_category = 'PRIMARY'
),

year_starts as (
    select
        source_instance,
        ledger_id,
        month(max(year_start_date)) as first_month
    from {{ ref('int_oracle_fusion__fiscal_periods') }}
    group by source_instance, ledger_id
),

fiscal_calendars as (
    select * from {{ ref('fiscal_calendars') }}
),

final as (
    select
        ledgers.ledger_id,
        ledgers.ledger_name,
        ledgers.chart_of_accounts_id as chart_code,
        ledgers.currency_code as local_currency,
        fiscal_calendars.fiscal_calendar,
        ledgers.source_instance,
        ledgers.load_id,
        ledgers.recorded_at
    from ledgers
    left join year_starts
        on
            ledgers.source_instance = year_starts.source_instance
            and ledgers.ledger_id = year_starts.ledger_id
    left join fiscal_calendars on year_starts.first_month = fiscal_calendars.first_month
)

select * from final
