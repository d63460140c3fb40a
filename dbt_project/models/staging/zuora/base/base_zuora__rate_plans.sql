-- Grain: one row per plan of a version of a subscription, with the reason to reject it if there is one.
with

landed as (
    {{ zuora_rows('rate_plans') }}
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
        {{ text('Id') }} as source_rate_plan_id,
        {{ text('SubscriptionId') }} as source_subscription_version_id,
        {{ text('ProductRatePlanId') }} as source_product_plan_id,
        {{ text('AmendmentType') }} as amendment_type,
        {{ text('Name') }} as plan_name,
        {{ zuora_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('Id'),
            required('SubscriptionId'),
            castable('Deleted', boolean('Deleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
