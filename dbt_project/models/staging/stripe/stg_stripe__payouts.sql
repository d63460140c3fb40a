-- Grain: one row per payout to the bank.
with

final as (
    {{ accepted_rows(ref('base_stripe__payouts')) }}
)

select * from final
