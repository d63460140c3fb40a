-- Grain: one row per event.
with

final as (
    {{ accepted_rows(ref('base_events__events')) }}
)

select * from final
