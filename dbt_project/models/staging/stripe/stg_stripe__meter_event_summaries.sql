-- Grain: one row per meter, customer and day.
with

final as (
    {{ accepted_rows(ref('base_stripe__meter_event_summaries')) }}
)

select * from final
