-- Grain: one row per transaction of a customer or vendor, signed as in the ledger: a customer owes > 0, a vendor is owed
-- < 0. A transaction names a posting profile and no account, and what a profile says today need not be what it said then:
-- the account is that of the balance lines of its voucher, or where those are several, of the one with its amount. One
-- that is not in the ledger yet (subledgers may be transferred later) has no account, and the month of its date as period.
with

transactions as (
    select
        *,
        'AR' as subledger,
        'CustBalance' as balance_posting_type
    from {{ ref('stg_d365_finance__customer_transactions') }}
    union all
    select
        *,
        'AP' as subledger,
        'VendBalance' as balance_posting_type
    from {{ ref('stg_d365_finance__vendor_transactions') }}
),

balance_lines as (
    select * from {{ ref('int_d365_finance__ledger_lines') }}
    where posting_type in ('CustBalance', 'VendBalance')
),

accounts_of_vouchers as (
    select
        source_instance,
        source_entity_id,
        voucher,
        accounting_date,
        posting_type,
        min(source_account_id) as lowest_account_id,
        max(source_account_id) as highest_account_id,
        min(fiscal_year) as fiscal_year,
        min(fiscal_period) as fiscal_period
    from balance_lines
    group by source_instance, source_entity_id, voucher, accounting_date, posting_type
),

accounts_of_amounts as (
    select
        source_instance,
        source_entity_id,
        voucher,
        accounting_date,
        posting_type,
        amount_local,
        min(source_account_id) as lowest_account_id,
        max(source_account_id) as highest_account_id
    from balance_lines
    group by source_instance, source_entity_id, voucher, accounting_date, posting_type, amount_local
),

ledgers as (
    select * from {{ ref('int_d365_finance__ledgers') }}
),

fiscal_years as (
    select * from {{ ref('stg_d365_finance__fiscal_calendar_years') }}
),

final as (
    select
        transactions.subledger,
        transactions.transaction_record_id,
        transactions.source_entity_id,
        {{ d365_partner('transactions.source_entity_id', 'transactions.counterparty_number') }}
            as source_counterparty_id,
        transactions.voucher,
        coalesce(accounts_of_vouchers.fiscal_year, cast(year(fiscal_years.start_date) as integer)) as fiscal_year,
        coalesce(
            accounts_of_vouchers.fiscal_period,
            cast({{ dbt.datediff('fiscal_years.start_date', 'transactions.posting_date', 'month') }} + 1 as integer)
        ) as fiscal_period,
        case
            when accounts_of_vouchers.lowest_account_id = accounts_of_vouchers.highest_account_id
                then accounts_of_vouchers.lowest_account_id
            when accounts_of_amounts.lowest_account_id = accounts_of_amounts.highest_account_id
                then accounts_of_amounts.lowest_account_id
        end as source_account_id,
        transactions.posting_date,
        transactions.document_date,
        transactions.due_date,
        transactions.transaction_type,
        transactions.invoice_number,
        transactions.document_reference,
        transactions.payment_terms_code,
        coalesce(transactions.is_correction, false) as is_correction,
        transactions.amount_transaction,
        transactions.transaction_currency,
        transactions.amount_local,
        transactions.amount_settled,
        -- The date alone proves nothing: it may stand beside something that is left.
        transactions.amount_settled = transactions.amount_transaction and transactions.closed_date is not null
            as is_closed,
        transactions.closed_date,
        transactions.source_instance,
        transactions.load_id,
        transactions.recorded_at
    from transactions
    left join ledgers
        on
            transactions.source_instance = ledgers.source_instance
            and transactions.source_entity_id = ledgers.source_entity_id
    left join fiscal_years
        on
            ledgers.source_instance = fiscal_years.source_instance
            and ledgers.fiscal_calendar_code = fiscal_years.fiscal_calendar_code
            and transactions.posting_date between fiscal_years.start_date and fiscal_years.end_date
    left join accounts_of_vouchers
        on
            transactions.source_instance = accounts_of_vouchers.source_instance
            and transactions.source_entity_id = accounts_of_vouchers.source_entity_id
            and transactions.voucher = accounts_of_vouchers.voucher
            and transactions.posting_date = accounts_of_vouchers.accounting_date
            and transactions.balance_posting_type = accounts_of_vouchers.posting_type
    left join accounts_of_amounts
        on
            transactions.source_instance = accounts_of_amounts.source_instance
            and transactions.source_entity_id = accounts_of_amounts.source_entity_id
            and transactions.voucher = accounts_of_amounts.voucher
            and transactions.posting_date = accounts_of_amounts.accounting_date
            and transactions.balance_posting_type = accounts_of_amounts.posting_type
            and transactions.amount_local = accounts_of_amounts.amount_local
)

select * from final
