-- Grain: one row per meter, customer and day.
-- amount_rated_transaction is what the day's units are worth at the agreed price, not rounded to minor units: an invoice
-- rounds the sum of its period, once. Usage without a price has no amount.
with

usage as (
    select * from {{ ref('all_usage') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

customer_slices as (
    select * from {{ ref('customer_slices') }}
),

product_slices as (
    select * from {{ ref('dim_product_slices') }}
),

final as (
    select
        {{ surrogate_key([
            'usage.source_instance', 'usage.source_meter_id', 'usage.source_customer_id', 'usage.usage_date'
        ]) }} as usage_id,
        usage.source_meter_id,
        usage.meter_name,
        {{ member_id('usage.source_customer_id', 'customer_slices.customer_id') }} as customer_id,
        usage.source_customer_id,
        {{ is_member_known('usage.source_customer_id', 'customer_slices.customer_id') }} as is_customer_known,
        {{ member_id('usage.source_product_id', 'product_slices.product_id') }} as product_id,
        usage.source_product_id,
        product_slices.product_code,
        {{ family_of('usage.source_product_id', 'product_slices.product_family_code') }} as product_family_code,
        usage.usage_date,
        usage.quantity,
        usage.unit_price_transaction,
        usage.amount_rated_transaction,
        usage.transaction_currency,
        {{ entity_columns('usage.source_entity_id') }},
        usage.source_instance,
        usage.source_entity_id,
        usage.load_id,
        usage.recorded_at
    from usage
    left join entity_crosswalk
        on
            usage.source_instance = entity_crosswalk.source_instance
            and usage.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('usage.usage_date', 'entity_crosswalk') }}
    left join customer_slices
        on
            usage.source_instance = customer_slices.source_instance
            and usage.source_customer_id = customer_slices.source_customer_id
            and {{ is_valid_on('usage.usage_date', 'customer_slices') }}
    left join product_slices
        on
            usage.source_instance = product_slices.source_instance
            and usage.source_product_id = product_slices.source_product_id
            and {{ is_valid_on('usage.usage_date', 'product_slices') }}
)

select * from final
