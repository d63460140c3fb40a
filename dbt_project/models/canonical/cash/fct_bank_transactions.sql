-- Grain: one row per booked entry of a bank statement. Money in > 0; amount_account is in the currency of the account,
-- amount_transaction in the currency the payment was ordered in. A batch is one entry of several payments.
with

bank_transactions as (
    select * from {{ ref('all_bank_transactions') }}
),

bank_accounts as (
    select * from {{ ref('map_bank_accounts') }}
),

final as (
    select
        {{ surrogate_key([
            'bank_transactions.source_instance', 'bank_transactions.source_bank_account_id',
            'bank_transactions.source_statement_id', 'bank_transactions.entry_number'
        ]) }} as bank_transaction_id,
        {{ surrogate_key(['bank_transactions.source_instance', 'bank_transactions.source_bank_account_id']) }}
            as bank_account_id,
        bank_transactions.source_bank_account_id,
        bank_transactions.source_statement_id,
        bank_transactions.entry_number,
        bank_accounts.entity_code,
        bank_accounts.source_account_id,
        bank_accounts.entity_code is not null as is_bank_account_mapped,
        bank_transactions.booking_date,
        bank_transactions.is_booking_date_derived,
        bank_transactions.value_date,
        bank_transactions.amount_account,
        bank_transactions.account_currency,
        bank_transactions.amount_transaction,
        bank_transactions.transaction_currency,
        bank_transactions.is_reversal,
        bank_transactions.bank_reference,
        bank_transactions.end_to_end_id,
        bank_transactions.counterparty_name,
        bank_transactions.remittance_text,
        bank_transactions.transaction_code,
        bank_transactions.payment_count,
        bank_transactions.source_instance,
        bank_transactions.load_id,
        bank_transactions.recorded_at
    from bank_transactions
    left join bank_accounts
        on
            bank_transactions.source_instance = bank_accounts.source_instance
            and bank_transactions.source_bank_account_id = bank_accounts.source_bank_account_id
            and {{ is_valid_on('bank_transactions.booking_date', 'bank_accounts') }}
)

select * from final
