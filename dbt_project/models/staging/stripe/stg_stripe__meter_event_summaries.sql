-- Grain: one row per meter, customer and day.
with

base as (
    select * from {{ ref('base_stripe__meter_event_summaries') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_summary_id,
        source_meter_id,
        source_customer_id,
        usage_date,
        quantity
    from base
    where rejection_reason is null
)

select * from final
