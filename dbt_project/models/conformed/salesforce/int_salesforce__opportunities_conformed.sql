-- Grain: one row per opportunity as it is now, deleted ones included. No amount (null) is not an amount of 0.
with

opportunities as (
    select * from {{ ref('stg_salesforce__opportunities') }}
),

stage_labels as (
    select * from {{ ref('stg_salesforce__stage_labels') }}
),

record_types as (
    select * from {{ ref('stg_salesforce__record_types') }}
),

currencies as (
    select * from {{ ref('stg_salesforce__currency_types') }}
),

users as (
    select * from {{ ref('stg_salesforce__users') }}
),

final as (
    select
        opportunities.source_opportunity_id,
        opportunities.opportunity_number,
        opportunities.opportunity_name,
        opportunities.source_customer_id,
        record_types.record_type,
        opportunities.opportunity_type,
        coalesce(stage_labels.stage_name, opportunities.stage_value) as stage_name,
        opportunities.amount_transaction,
        opportunities.transaction_currency,
        currencies.crm_rate,
        opportunities.probability,
        opportunities.source_forecast_category,
        opportunities.close_date,
        opportunities.is_closed,
        opportunities.is_won,
        opportunities.source_entity_id,
        opportunities.source_territory_id,
        opportunities.source_owner_id,
        users.user_name as owner_name,
        opportunities.created_at,
        opportunities.modified_at,
        opportunities.is_deleted,
        opportunities.deleted_at,
        opportunities.source_instance,
        opportunities.load_id,
        opportunities.recorded_at
    from opportunities
    left join stage_labels
        on
            opportunities.source_instance = stage_labels.source_instance
            and opportunities.stage_value = stage_labels.stage_value
    left join record_types
        on
            opportunities.source_instance = record_types.source_instance
            and opportunities.source_record_type_id = record_types.source_record_type_id
    left join currencies
        on
            opportunities.source_instance = currencies.source_instance
            and opportunities.transaction_currency = currencies.currency_code
    left join users
        on
            opportunities.source_instance = users.source_instance
            and opportunities.source_owner_id = users.source_user_id
)

select * from final
