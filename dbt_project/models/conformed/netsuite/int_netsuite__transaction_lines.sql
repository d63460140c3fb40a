-- Grain: one row per line that a transaction has now: those taken out of it do not count. What posts has an amount in local currency and an
-- account, of the accounting book that the instance reads. Signed, debit > 0.
with

lines as (
    select * from {{ ref('stg_netsuite__transaction_lines') }}
    where not is_removed
),

accounting_lines as (
    select * from {{ ref('stg_netsuite__accounting_lines') }}
    where is_posting and not is_removed
),

transactions as (
    select * from {{ ref('int_netsuite__transactions') }}
),

subsidiaries as (
    select * from {{ ref('stg_netsuite__subsidiaries') }}
),

currencies as (
    select * from {{ ref('stg_netsuite__currencies') }}
),

accounts as (
    select * from {{ ref('stg_netsuite__accounts') }}
),

items as (
    select * from {{ ref('stg_netsuite__items') }}
),

fiscal_periods as (
    select * from {{ ref('int_netsuite__fiscal_periods') }}
),

final as (
    select
        lines.transaction_id,
        lines.line_number,
        lines.source_entity_id,
        transactions.transaction_type,
        transactions.transaction_date,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        accounting_lines.accounting_book_id,
        accounting_lines.line_number is not null as is_posting,
        lines.is_main_line,
        lines.is_tax_line,
        lines.is_closed,
        -- An installation without account numbers knows its accounts by id.
        coalesce(accounts.account_number, accounts.account_id, accounting_lines.account_id) as source_account_id,
        accounts.account_type,
        items.product_code as source_product_id,
        lines.quantity,
        lines.quantity_shipped,
        lines.amount_transaction,
        transactions.transaction_currency,
        accounting_lines.amount_local,
        currencies.currency_code as local_currency,
        lines.amount_unpaid,
        lines.amount_unused,
        lines.source_cost_centre_id,
        lines.class_id,
        coalesce(lines.counterparty_id, transactions.counterparty_id) as counterparty_id,
        lines.counterparty_id as line_counterparty_id,
        coalesce(lines.memo, transactions.memo) as line_text,
        lines.created_from_transaction_id,
        lines.expected_ship_date,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    inner join transactions
        on
            lines.source_instance = transactions.source_instance
            and lines.transaction_id = transactions.transaction_id
    left join accounting_lines
        on
            lines.source_instance = accounting_lines.source_instance
            and lines.transaction_id = accounting_lines.transaction_id
            and lines.line_number = accounting_lines.line_number
    left join subsidiaries
        on
            lines.source_instance = subsidiaries.source_instance
            and lines.source_entity_id = subsidiaries.source_entity_id
    left join currencies
        on
            subsidiaries.source_instance = currencies.source_instance
            and subsidiaries.currency_id = currencies.currency_id
    left join accounts
        on
            accounting_lines.source_instance = accounts.source_instance
            and accounting_lines.account_id = accounts.account_id
    left join items
        on
            lines.source_instance = items.source_instance
            and lines.item_id = items.item_id
    left join fiscal_periods
        on
            transactions.source_instance = fiscal_periods.source_instance
            and transactions.accounting_period_id = fiscal_periods.accounting_period_id
            and subsidiaries.fiscal_calendar_id = fiscal_periods.fiscal_calendar_id
)

select * from final
