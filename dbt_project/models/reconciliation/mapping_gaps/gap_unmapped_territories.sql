-- Grain: one row per sales territory without an approved entity on the close date of a deal, entity, month and currency.
-- The amount is that of open and won deals; the entity is the one they name themselves, if they do.
with

opportunities as (select * from {{ ref('fct_opportunities') }}),

territories as (select * from {{ ref('dim_territories') }}),

final as (
    select
        'unmapped_territory' as exception_type,
        {{ natural_key(['opportunities.source_instance', 'opportunities.source_territory_id']) }} as natural_key,
        opportunities.entity_code,
        {{ month_of('opportunities.close_date') }} as period_month,
        sum(opportunities.amount_transaction) as amount_transaction,
        opportunities.transaction_currency,
        concat_ws(' ', 'Territory', coalesce(max(territories.territory_name), opportunities.source_territory_id))
            as subject,
        opportunities.source_instance,
        {{ newest_load_id('opportunities.load_id', 'opportunities.recorded_at') }} as load_id
    from opportunities
    left join territories on opportunities.territory_id = territories.territory_id
    where
        not opportunities.is_territory_mapped
        and not opportunities.is_deleted
        and (opportunities.is_won or not opportunities.is_closed)
    group by
        opportunities.source_instance,
        opportunities.source_territory_id,
        opportunities.entity_code,
        {{ month_of('opportunities.close_date') }},
        opportunities.transaction_currency
)

select * from final
