-- Grain: one row per legal entity. Its fiscal calendar is the one that begins in the month the ledger says.
with

entities as (
    select * from {{ ref('stg_sql_ledger__entities') }}
),

conventions as (
    select * from {{ ref('stg_sql_ledger__conventions') }}
),

fiscal_calendars as (
    select * from {{ ref('fiscal_calendars') }}
),

final as (
    select
        entities.source_entity_id,
        entities.entity_name,
        entities.country_code,
        entities.local_currency,
        fiscal_calendars.fiscal_calendar,
        conventions.chart_code,
        entities.source_instance,
        entities.load_id,
        entities.recorded_at
    from entities
    inner join conventions on entities.source_instance = conventions.source_instance
    left join fiscal_calendars on coalesce(entities.first_month, 1) = fiscal_calendars.first_month
)

select * from final
