-- Grain: one row per meter, customer and day, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_stripe', 'meter_event_summaries'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_summary_id,
        {{ text('meter') }} as source_meter_id,
        {{ text('customer') }} as source_customer_id,
        cast({{ unix_timestamp('start_time') }} as date) as usage_date,
        {{ quantity('aggregated_value') }} as quantity,
        {{ rejection_reason([
            required('id'),
            required('meter'),
            required('customer'),
            required('start_time', unix_timestamp('start_time')),
            required('aggregated_value', quantity('aggregated_value')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
