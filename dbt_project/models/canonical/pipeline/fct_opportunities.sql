-- Grain: one row per opportunity as it stands, deleted ones included. The forecast category is the company's own (by
-- instance, record type and stage); a stage nobody mapped has none, stays out of the forecast and visible beside it. The
-- entity is the one the opportunity names, else its territory's on the close date. Customer, entity and category are
-- those of the day it closed, so that won deals do not move; an open one stands where the as-of date puts it.
-- amount_group is at the closing rate of the as-of date's month; without a rate it is null and flagged.
with

opportunities as (
    select
        *,
        {{ normalise_code('record_type') }} as record_type_key,
        {{ normalise_code('stage_name') }} as stage_key
    from {{ ref('all_opportunities') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

customer_slices as (
    select * from {{ ref('customer_slices') }}
),

territory_mappings as (
    select * from {{ ref('map_territories') }}
),

stage_mappings as (
    select * from {{ ref('map_stages') }}
),

closing_rates as (
    select * from {{ ref('fx_rates') }} as fx_rates
    where
        rate_type = 'closing'
        and to_currency = '{{ var("group_currency") }}'
        and {{ is_valid_on(as_of_date(), 'fx_rates') }}
),

currencies as (
    select * from {{ ref('dim_currencies') }}
),

with_entity as (
    select
        opportunities.*,
        case
            when opportunities.is_closed then least(opportunities.close_date, {{ as_of_date() }})
            else {{ as_of_date() }}
        end as decided_date,
        coalesce(opportunities.source_entity_id, territory_mappings.source_entity_id) as decided_source_entity_id,
        territory_mappings.source_entity_id is not null as has_territory_mapping
    from opportunities
    left join territory_mappings
        on
            opportunities.source_instance = territory_mappings.source_instance
            and opportunities.source_territory_id = territory_mappings.source_territory_id
            and {{ is_valid_on('opportunities.close_date', 'territory_mappings') }}
),

final as (
    select
        {{ surrogate_key(['with_entity.source_instance', 'with_entity.source_opportunity_id']) }} as opportunity_id,
        with_entity.source_opportunity_id,
        with_entity.opportunity_number,
        with_entity.opportunity_name,
        {{ member_id('with_entity.source_customer_id', 'customer_slices.customer_id') }} as customer_id,
        with_entity.source_customer_id,
        {{ is_member_known('with_entity.source_customer_id', 'customer_slices.customer_id') }} as is_customer_known,
        {{ entity_columns('with_entity.decided_source_entity_id') }},
        case
            when with_entity.source_territory_id is not null
                then {{ surrogate_key(['with_entity.source_instance', 'with_entity.source_territory_id']) }}
        end as territory_id,
        with_entity.source_territory_id,
        case when with_entity.source_territory_id is not null then with_entity.has_territory_mapping end
            as is_territory_mapped,
        with_entity.record_type,
        with_entity.opportunity_type,
        with_entity.stage_name,
        coalesce(own_stages.stage_key, general_stages.stage_key) is not null as is_stage_mapped,
        coalesce(own_stages.forecast_category, general_stages.forecast_category) as forecast_category,
        case
            when own_stages.stage_key is not null then own_stages.probability
            else general_stages.probability
        end as forecast_probability,
        with_entity.source_forecast_category,
        with_entity.probability as source_probability,
        with_entity.amount_transaction,
        with_entity.transaction_currency,
        with_entity.crm_rate,
        {{ converted_amount('with_entity.amount_transaction', 'closing_rates.rate', 'currencies.minor_units') }}
            as amount_group,
        '{{ var("group_currency") }}' as group_currency,
        with_entity.amount_transaction is not null and closing_rates.rate is null as is_rate_missing,
        with_entity.close_date,
        with_entity.is_closed,
        with_entity.is_won,
        with_entity.source_owner_id,
        with_entity.owner_name,
        with_entity.created_at,
        with_entity.modified_at,
        with_entity.is_deleted,
        with_entity.deleted_at,
        with_entity.source_instance,
        with_entity.source_entity_id,
        with_entity.load_id,
        with_entity.recorded_at
    from with_entity
    left join entity_crosswalk
        on
            with_entity.source_instance = entity_crosswalk.source_instance
            and with_entity.decided_source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('with_entity.decided_date', 'entity_crosswalk') }}
    left join customer_slices
        on
            with_entity.source_instance = customer_slices.source_instance
            and with_entity.source_customer_id = customer_slices.source_customer_id
            and {{ is_valid_on('with_entity.decided_date', 'customer_slices') }}
    left join stage_mappings as own_stages
        on
            with_entity.source_instance = own_stages.source_instance
            and with_entity.record_type_key = own_stages.record_type_key
            and with_entity.stage_key = own_stages.stage_key
            and {{ is_valid_on('with_entity.decided_date', 'own_stages') }}
    left join stage_mappings as general_stages
        on
            with_entity.source_instance = general_stages.source_instance
            and with_entity.stage_key = general_stages.stage_key
            and general_stages.record_type_key = '*'
            and {{ is_valid_on('with_entity.decided_date', 'general_stages') }}
    left join closing_rates on with_entity.transaction_currency = closing_rates.from_currency
    left join currencies on closing_rates.to_currency = currencies.currency_code
)

select * from final
