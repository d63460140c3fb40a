-- Grain: one row per ledger. The local currency is the accounting currency; the reporting currency is another view of the
-- same lines. The fiscal calendar begins in the month in which its latest year does.
with

ledgers as (
    select * from {{ ref('stg_d365_finance__ledgers') }}
),

legal_entities as (
    select * from {{ ref('stg_d365_finance__legal_entities') }}
),

first_months as (
    select
        source_instance,
        fiscal_calendar_code,
        month(max(start_date)) as first_month
    from {{ ref('stg_d365_finance__fiscal_calendar_years') }}
    group by source_instance, fiscal_calendar_code
),

fiscal_calendars as (
    select * from {{ ref('fiscal_calendars') }}
),

final as (
    select
        ledgers.ledger_record_id,
        ledgers.source_entity_id,
        coalesce(legal_entities.entity_name, ledgers.ledger_name) as entity_name,
        legal_entities.country_code,
        ledgers.accounting_currency as local_currency,
        ledgers.reporting_currency,
        ledgers.chart_code,
        ledgers.fiscal_calendar_code,
        fiscal_calendars.fiscal_calendar,
        ledgers.source_instance,
        ledgers.load_id,
        ledgers.recorded_at
    from ledgers
    left join legal_entities
        on
            ledgers.source_instance = legal_entities.source_instance
            and ledgers.source_entity_id = legal_entities.source_entity_id
    left join first_months
        on
            ledgers.source_instance = first_months.source_instance
            and ledgers.fiscal_calendar_code = first_months.fiscal_calendar_code
    left join fiscal_calendars on first_months.first_month = fiscal_calendars.first_month
)

select * from final
