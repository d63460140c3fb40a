-- Grain: one row per legal entity or node of the organisation in the entity file.
with

entities as (
    select * from {{ ref('stg_trial_balance_files__entities') }}
),

conventions as (
    select * from {{ ref('stg_trial_balance_files__conventions') }}
),

final as (
    select
        entities.source_entity_id,
        entities.entity_name,
        entities.country_code,
        entities.local_currency,
        conventions.fiscal_calendar,
        conventions.chart_code,
        entities.source_instance,
        entities.load_id,
        entities.recorded_at
    from entities
    inner join conventions on entities.source_instance = conventions.source_instance
)

select * from final
