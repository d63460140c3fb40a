-- Grain: one row per tier of a charge, with the reason to reject it if there is one.
with

landed as (
    {{ zuora_rows('rate_plan_charge_tiers') }}
),

source as (
    {{ current_rows('landed', ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ text('Id') }} as source_tier_id,
        {{ text('RatePlanChargeId') }} as source_charge_id,
        {{ unit_price('Price') }} as unit_price_transaction,
        {{ rate('DiscountPercentage') }} as discount_percentage,
        {{ amount('DiscountAmount') }} as amount_discount_transaction,
        {{ zuora_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('Id'),
            required('RatePlanChargeId'),
            castable('Price', unit_price('Price')),
            castable('DiscountPercentage', rate('DiscountPercentage')),
            castable('DiscountAmount', amount('DiscountAmount')),
            castable('Deleted', boolean('Deleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
