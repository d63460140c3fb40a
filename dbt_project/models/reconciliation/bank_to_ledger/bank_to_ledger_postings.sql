-- Grain: one row per ledger line on an account that mirrors a bank account, from the account's first statement to the
-- bank's last, and per account the balance before that. Leading ledger, local currency, debit > 0: the items of an
-- account add up to its balance on the day of the bank's last statement.
-- The trap: an account that did not move has no statement; how far the bank has told is said by all its accounts.
with

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

bank_statements as (select * from {{ ref('fct_bank_statements') }}),

entities as (select * from {{ ref('dim_entities') }}),

business_days as (select * from {{ ref('dim_business_days') }}),

calendars as (
    select
        entities.entity_code,
        coalesce(max(business_days.country_code), '*') as country_code
    from entities
    left join business_days on entities.country_code = business_days.country_code
    group by entities.entity_code
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'bank_to_ledger'
),

leading_ledgers as (select * from {{ ref('leading_ledgers') }}),

last_told as (
    select
        source_instance,
        max(statement_date) as last_statement_date
    from bank_statements
    group by source_instance
),

mirrored_accounts as (
    select
        bank_statements.entity_code,
        bank_statements.source_account_id,
        min(bank_statements.statement_date) as first_statement_date,
        max(last_told.last_statement_date) as last_statement_date
    from bank_statements
    inner join last_told on bank_statements.source_instance = last_told.source_instance
    where bank_statements.is_bank_account_mapped
    group by bank_statements.entity_code, bank_statements.source_account_id
),

cash_lines as (
    select
        journal_lines.*,
        mirrored_accounts.first_statement_date
    from journal_lines
    inner join leading_ledgers
        on
            journal_lines.entity_code = leading_ledgers.entity_code
            and journal_lines.source_instance = leading_ledgers.source_instance
            and journal_lines.ledger_code = leading_ledgers.ledger_code
    inner join mirrored_accounts
        on
            journal_lines.entity_code = mirrored_accounts.entity_code
            and journal_lines.source_account_id = mirrored_accounts.source_account_id
    where journal_lines.posting_date <= mirrored_accounts.last_statement_date
),

postings as (
    select
        source_instance,
        {{ natural_key(['entity_code', 'fiscal_year', 'document_number', 'line_number']) }} as source_key,
        entity_code,
        source_account_id,
        posting_date as item_date,
        local_currency as currency_code,
        amount_local as amount,
        assignment_reference as payment_reference,
        is_reversal,
        is_reversed,
        load_id
    from cash_lines
    where posting_date >= first_statement_date
),

balances_brought_forward as (
    select
        min(source_instance) as source_instance,
        {{ natural_key(['entity_code', 'source_account_id', "'brought forward'"]) }} as source_key,
        entity_code,
        source_account_id,
        first_statement_date as item_date,
        local_currency as currency_code,
        sum(amount_local) as amount,
        'brought forward' as payment_reference,
        false as is_reversal,
        false as is_reversed,
        {{ newest_load_id() }} as load_id
    from cash_lines
    where posting_date < first_statement_date
    group by entity_code, source_account_id, first_statement_date, local_currency
),

items as (
    select * from postings
    union all
    select * from balances_brought_forward
),

final as (
    select
        {{ surrogate_key(['items.source_instance', 'items.source_key']) }} as item_key,
        items.source_instance,
        items.source_key,
        items.entity_code,
        cast(null as varchar) as counterparty_key,
        items.item_date,
        last_day(items.item_date) as period_end_date,
        {{ days_after('items.item_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        items.currency_code,
        items.amount,
        items.payment_reference,
        items.source_account_id,
        items.is_reversal,
        items.is_reversed,
        business_days.business_day_number,
        items.load_id
    from items
    left join tolerances on items.currency_code = tolerances.currency_code
    left join calendars on items.entity_code = calendars.entity_code
    left join business_days
        on
            calendars.country_code = business_days.country_code
            and items.item_date = business_days.calendar_date
)

select * from final
