-- Grain: one row per legal entity that has a ledger.
with

final as (
    select
        source_entity_id,
        entity_name,
        country_code,
        local_currency,
        fiscal_calendar,
        chart_code,
        source_instance,
        load_id,
        recorded_at
    from {{ ref('int_d365_finance__ledgers') }}
)

select * from final
