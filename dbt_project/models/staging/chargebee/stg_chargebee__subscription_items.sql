-- Grain: one row per item price of a subscription, those taken out of it since included (is_removed).
with

final as (
    {{ accepted_rows(ref('base_chargebee__subscription_items')) }}
)

select * from final
