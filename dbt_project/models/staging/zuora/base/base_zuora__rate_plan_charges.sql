-- Grain: one row per segment of a charge of a version of a subscription, with the reason to reject it if there is one.
-- A segment holds from its first day to the day before effective_end_date; without one it has no end.
with

landed as (
    {{ zuora_rows('rate_plan_charges') }}
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
        {{ text('Id') }} as source_charge_id,
        {{ text('RatePlanId') }} as source_rate_plan_id,
        {{ text('ProductRatePlanChargeId') }} as source_price_id,
        {{ text('ChargeNumber') }} as charge_number,
        {{ zuora_charge_type('ChargeType') }} as charge_type,
        coalesce({{ zuora_word('ChargeModel') }} like 'discount%', false) as is_discount,
        -- Nothing said, a discount is on everything.
        coalesce({{ zuora_word('ApplyDiscountTo') }}, 'recurring') like '%recurring%' as is_on_recurring,
        {{ zuora_period('BillingPeriod', 'SpecificBillingPeriod') }} as period,
        {{ zuora_period_unit('BillingPeriod') }} as period_unit,
        {{ quantity('Quantity') }} as quantity,
        {{ unit_price('MRR') }} as mrr,
        {{ whole_number('Segment') }} as segment_number,
        {{ iso_date('EffectiveStartDate') }} as effective_start_date,
        {{ iso_date('EffectiveEndDate') }} as effective_end_date,
        {{ zuora_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('Id'),
            required('RatePlanId'),
            required('ChargeNumber'),
            required('ChargeType', zuora_charge_type('ChargeType')),
            required('Segment', whole_number('Segment')),
            castable('SpecificBillingPeriod', whole_number('SpecificBillingPeriod')),
            castable('Quantity', quantity('Quantity')),
            castable('MRR', unit_price('MRR')),
            required('EffectiveStartDate', iso_date('EffectiveStartDate')),
            castable('EffectiveEndDate', iso_date('EffectiveEndDate')),
            castable('Deleted', boolean('Deleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
