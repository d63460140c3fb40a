-- Grain: one row per event.
with

final as (
    {{ accepted_rows(ref('base_chargebee__events')) }}
)

select * from final
