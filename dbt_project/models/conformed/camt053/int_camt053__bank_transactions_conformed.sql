-- Grain: one row per booked entry of a statement. Money in > 0. What is pending or for information moved nothing yet.
with

final as (
    {{ conformed_bank_transactions(ref('stg_camt053__entries')) }}
)

select * from final
