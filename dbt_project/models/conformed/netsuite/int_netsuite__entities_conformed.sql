-- Grain: one row per subsidiary. Elimination subsidiaries are no legal entities: what they hold is consolidation.
with

subsidiaries as (
    select * from {{ ref('stg_netsuite__subsidiaries') }}
    where not is_elimination
),

currencies as (
    select * from {{ ref('stg_netsuite__currencies') }}
),

calendars as (
    select * from {{ ref('stg_netsuite__fiscal_calendars') }}
),

fiscal_variants as (
    select * from {{ ref('fiscal_variants') }}
),

final as (
    select
        subsidiaries.source_entity_id,
        coalesce(subsidiaries.legal_name, subsidiaries.entity_name) as entity_name,
        subsidiaries.country_code,
        currencies.currency_code as local_currency,
        fiscal_variants.fiscal_calendar,
        {{ netsuite_chart() }} as chart_code,
        subsidiaries.source_instance,
        subsidiaries.load_id,
        subsidiaries.recorded_at
    from subsidiaries
    left join currencies
        on
            subsidiaries.source_instance = currencies.source_instance
            and subsidiaries.currency_id = currencies.currency_id
    left join calendars
        on
            subsidiaries.source_instance = calendars.source_instance
            and subsidiaries.fiscal_calendar_id = calendars.fiscal_calendar_id
    left join fiscal_variants on calendars.first_month = fiscal_variants.fiscal_variant
)

select * from final
