-- Grain: one row per bank account and statement. Balances are signed, money in > 0.
with

final as (
    {{ conformed_bank_statements(ref('stg_mt940__statements')) }}
)

select * from final
