-- Grain: one row per charge of the catalogue, with the product it belongs to.
with

charges as (
    select * from {{ ref('stg_zuora__product_rate_plan_charges') }}
),

plans as (
    select * from {{ ref('stg_zuora__product_rate_plans') }}
),

final as (
    select
        charges.source_price_id,
        charges.price_name,
        plans.source_product_id,
        charges.charge_type,
        charges.is_discount,
        charges.period,
        charges.period_unit,
        charges.source_instance,
        charges.load_id,
        charges.recorded_at
    from charges
    left join plans
        on
            charges.source_instance = plans.source_instance
            and charges.source_product_plan_id = plans.source_product_plan_id
)

select * from final
