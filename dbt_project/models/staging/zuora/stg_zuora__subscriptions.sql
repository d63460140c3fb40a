-- Grain: one row per version of a subscription, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_zuora__subscriptions')) }}
)

select * from final
