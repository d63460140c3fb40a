-- Grain: one row per movement a bank booked on an account that mirrors a ledger account, and per account the balance its
-- first statement began with and what moved on statements that did not arrive. In the currency of the account, money
-- in > 0: the items of an account add up to the balance of its last statement.
with

bank_transactions as (select * from {{ ref('fct_bank_transactions') }}),

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

-- An entity whose ledger comes as balances has no lines to compare with.
ledger_entities as (
    select distinct entity_code from {{ ref('fct_journal_lines') }}
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'bank_to_ledger'
),

movements as (
    select
        source_instance,
        bank_account_id,
        source_bank_account_id,
        {{ natural_key(['source_bank_account_id', 'source_statement_id', 'entry_number']) }} as source_key,
        'movement' as item_type,
        entity_code,
        source_account_id,
        booking_date as item_date,
        account_currency as currency_code,
        amount_account as amount,
        end_to_end_id as payment_reference,
        load_id
    from bank_transactions
    where is_bank_account_mapped
),

balances_brought_forward as (
    select
        source_instance,
        bank_account_id,
        source_bank_account_id,
        {{ natural_key(['source_bank_account_id', "'brought forward'"]) }} as source_key,
        'brought_forward' as item_type,
        entity_code,
        source_account_id,
        statement_date as item_date,
        account_currency as currency_code,
        amount_opening as amount,
        'brought forward' as payment_reference,
        load_id
    from bank_statements
    where is_first and is_bank_account_mapped
),

missing_statements as (
    select
        source_instance,
        bank_account_id,
        source_bank_account_id,
        {{ natural_key(['source_bank_account_id', 'source_statement_id', "'missing before'"]) }} as source_key,
        'missing_statement' as item_type,
        entity_code,
        source_account_id,
        statement_date as item_date,
        account_currency as currency_code,
        amount_missing as amount,
        cast(null as varchar) as payment_reference,
        load_id
    from bank_statements
    where amount_missing <> 0 and is_bank_account_mapped
),

items as (
    select * from movements
    union all
    select * from balances_brought_forward
    union all
    select * from missing_statements
),

final as (
    select
        {{ surrogate_key(['items.source_instance', 'items.source_key']) }} as item_key,
        items.source_instance,
        items.source_key,
        items.item_type,
        items.bank_account_id,
        items.entity_code,
        cast(null as varchar) as counterparty_key,
        items.item_date,
        last_day(items.item_date) as period_end_date,
        case
            when items.item_type = 'movement'
                then {{ days_after('items.item_date', 'coalesce(tolerances.window_days, 0)') }}
        end as partner_due_date,
        items.currency_code,
        items.amount,
        items.payment_reference,
        items.source_account_id,
        -- What is no payment has no partner by amount and day.
        case when items.item_type = 'movement' then business_days.business_day_number end as business_day_number,
        items.load_id
    from items
    inner join ledger_entities on items.entity_code = ledger_entities.entity_code
    left join tolerances on items.currency_code = tolerances.currency_code
    left join calendars on items.entity_code = calendars.entity_code
    left join business_days
        on
            calendars.country_code = business_days.country_code
            and items.item_date = business_days.calendar_date
)

select * from final
