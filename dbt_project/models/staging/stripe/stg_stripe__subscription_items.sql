-- Grain: one row per item of a subscription, those taken out of it since included (is_removed).
with

final as (
    {{ accepted_rows(ref('base_stripe__subscription_items')) }}
)

select * from final
