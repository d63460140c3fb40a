-- Grain: one row per charge of a plan, with the reason to reject it if there is one.
-- A discount is a charge like others: only its model tells it.
with

source as (
    {{ current_rows(source('landed_zuora', 'product_rate_plan_charges'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_price_id,
        {{ text('productRatePlanId') }} as source_product_plan_id,
        {{ text('name') }} as price_name,
        {{ zuora_charge_type('chargeType') }} as charge_type,
        coalesce({{ zuora_word('chargeModel') }} like 'discount%', false) as is_discount,
        {{ zuora_period('billingPeriod', 'specificBillingPeriod') }} as period,
        {{ zuora_period_unit('billingPeriod') }} as period_unit,
        {{ rejection_reason([
            required('id'),
            required('productRatePlanId'),
            required('chargeType', zuora_charge_type('chargeType')),
            castable('specificBillingPeriod', whole_number('specificBillingPeriod')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
