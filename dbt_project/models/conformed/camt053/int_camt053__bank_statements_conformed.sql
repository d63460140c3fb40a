-- Grain: one row per bank account and statement. Balances are signed, money in > 0.
with

statements as (
    select * from {{ ref('stg_camt053__statements') }}
),

final as (
    select
        source_bank_account_id,
        source_statement_id,
        sequence_number,
        statement_date,
        amount_opening,
        amount_closing,
        account_currency,
        cast(entry_count as bigint) as entry_count,
        source_instance,
        load_id,
        recorded_at
    from statements
)

select * from final
