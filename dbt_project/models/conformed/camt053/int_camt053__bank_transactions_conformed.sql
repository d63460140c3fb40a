-- Grain: one row per booked entry of a statement. Money in > 0. What is pending or for information moved nothing yet.
with

entries as (
    select * from {{ ref('stg_camt053__entries') }}
    where is_booked
),

final as (
    select
        source_bank_account_id,
        source_statement_id,
        entry_number,
        booking_date,
        value_date,
        amount_account,
        account_currency,
        coalesce(amount_transaction, amount_account) as amount_transaction,
        coalesce(transaction_currency, account_currency) as transaction_currency,
        is_reversal,
        bank_reference,
        end_to_end_id,
        counterparty_name,
        remittance_text,
        transaction_code,
        payment_count,
        source_instance,
        load_id,
        recorded_at
    from entries
)

select * from final
