-- Grain: one row per reported usage, with the reason to reject it if there is one.
-- Its moment is UTC; the day it belongs to is that of the tenant, whose time zone the source adds.
with

landed as (
    {{ zuora_rows('usages') }}
),

source as (
    {{ current_rows('landed', ['Id']) }}
),

placed as (
    select
        *,
        {{ known_time_zone('tenant_time_zone') }} as time_zone,
        {{ row_as_json('source') }} as payload
    from source
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ text('Id') }} as source_usage_id,
        {{ text('AccountId') }} as source_customer_id,
        {{ text('RatePlanChargeId') }} as source_charge_id,
        {{ local_date(iso_timestamp('StartDateTime'), 'time_zone') }} as usage_date,
        {{ quantity('Quantity') }} as quantity,
        {{ zuora_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('Id'),
            required('AccountId'),
            required('StartDateTime', iso_timestamp('StartDateTime')),
            rejected_when('time_zone is null', "'time zone is unknown: ' || coalesce(tenant_time_zone, '')"),
            required('Quantity', quantity('Quantity')),
            castable('Deleted', boolean('Deleted')),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from placed
)

select * from final
