-- Grain: one row per subscription, ended and deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_chargebee__subscriptions')) }}
)

select * from final
