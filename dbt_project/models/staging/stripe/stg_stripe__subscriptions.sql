-- Grain: one row per subscription, ended ones included.
with

final as (
    {{ accepted_rows(ref('base_stripe__subscriptions')) }}
)

select * from final
