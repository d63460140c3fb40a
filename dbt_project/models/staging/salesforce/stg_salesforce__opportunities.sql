-- Grain: one row per opportunity, deleted ones included.
with

base as (
    select * from {{ ref('base_salesforce__opportunities') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_opportunity_id,
        opportunity_number,
        opportunity_name,
        source_customer_id,
        source_record_type_id,
        opportunity_type,
        stage_value,
        amount_transaction,
        transaction_currency,
        probability,
        source_forecast_category,
        close_date,
        is_closed,
        is_won,
        source_entity_id,
        source_territory_id,
        source_owner_id,
        created_at,
        modified_at,
        is_deleted,
        deleted_at
    from base
    where rejection_reason is null
)

select * from final
