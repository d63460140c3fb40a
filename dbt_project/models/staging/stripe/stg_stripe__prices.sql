-- Grain: one row per price.
with

base as (
    select * from {{ ref('base_stripe__prices') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_price_id,
        source_product_id,
        transaction_currency,
        unit_price_transaction,
        charge_type,
        interval_months,
        source_meter_id
    from base
    where rejection_reason is null
)

select * from final
