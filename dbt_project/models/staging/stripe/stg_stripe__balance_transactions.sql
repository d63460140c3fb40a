-- Grain: one row per movement of Stripe's balance, signed: money in > 0.
with

final as (
    {{ accepted_rows(ref('base_stripe__balance_transactions')) }}
)

select * from final
