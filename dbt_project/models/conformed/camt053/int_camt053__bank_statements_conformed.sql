-- Grain: one row per bank account and statement. Balances are signed, money in > 0.
with

final as (
    {{ conformed_bank_statements(ref('stg_camt053__statements')) }}
)

select * from final
