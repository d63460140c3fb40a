-- Grain: one row per ledger account that mirrors bank accounts. Left is what the banks' last statements say, right the
-- balance of the ledger account on that day, in the currency of the account, money in the bank > 0. What lies between
-- them are the open items of bank_to_ledger, each with its own outcome, cause and owner.
with

bank_statements as (select * from {{ ref('fct_bank_statements') }}),

postings as (select * from {{ ref('bank_to_ledger_postings') }}),

open_items as (
    select
        reconciliations.outcome,
        coalesce(bank_items.entity_code, postings.entity_code) as entity_code,
        coalesce(bank_items.source_account_id, postings.source_account_id) as source_account_id
    from {{ ref('rec_bank_to_ledger') }} as reconciliations
    left join {{ ref('bank_to_ledger_bank_items') }} as bank_items
        on
            reconciliations.left_instance = bank_items.source_instance
            and reconciliations.left_key = bank_items.source_key
    left join postings
        on
            reconciliations.right_instance = postings.source_instance
            and reconciliations.right_key = postings.source_key
    where reconciliations.amount_difference <> 0
),

breaks as (
    select
        entity_code,
        source_account_id,
        count(*) as break_count
    from open_items
    where outcome <> 'timing'
    group by entity_code, source_account_id
),

ledger_entities as (
    select distinct entity_code from {{ ref('fct_journal_lines') }}
),

bank_balances as (
    select
        bank_statements.entity_code,
        bank_statements.source_account_id,
        bank_statements.account_currency as currency_code,
        min(bank_statements.source_instance) as source_instance,
        max(bank_statements.load_id) as load_id,
        max(bank_statements.statement_date) as statement_date,
        count(*) as account_count,
        sum(bank_statements.amount_closing) as amount
    from bank_statements
    inner join ledger_entities on bank_statements.entity_code = ledger_entities.entity_code
    where bank_statements.is_latest and bank_statements.is_bank_account_mapped
    group by bank_statements.entity_code, bank_statements.source_account_id, bank_statements.account_currency
),

ledger_balances as (
    select
        entity_code,
        source_account_id,
        currency_code,
        min(source_instance) as source_instance,
        max(item_date) as posting_date,
        sum(amount) as amount
    from postings
    group by entity_code, source_account_id, currency_code
),

compared as (
    select
        bank_balances.entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        cast(null as varchar) as counterparty_key,
        bank_balances.currency_code,
        bank_balances.source_instance as left_instance,
        {{ natural_key(['bank_balances.entity_code', 'bank_balances.source_account_id']) }} as left_key,
        bank_balances.load_id as left_load_id,
        bank_balances.account_count as left_item_count,
        bank_balances.statement_date as left_date,
        bank_balances.amount as left_amount,
        ledger_balances.source_instance as right_instance,
        case
            when ledger_balances.entity_code is not null
                then {{ natural_key(['ledger_balances.entity_code', 'ledger_balances.source_account_id']) }}
        end as right_key,
        cast(null as varchar) as right_load_id,
        case when ledger_balances.entity_code is not null then 1 end as right_item_count,
        ledger_balances.posting_date as right_date,
        ledger_balances.amount as right_amount,
        case when bank_balances.amount = coalesce(ledger_balances.amount, 0) then 'matched' else 'timing' end
            as outcome,
        case
            when bank_balances.amount = coalesce(ledger_balances.amount, 0) then 'agrees'
            when breaks.break_count > 0 then 'open_items'
            else 'in_transit'
        end as cause,
        'last_statement' as rule_name,
        cast(null as varchar) as exception_type,
        cast(null as varchar) as natural_key
    from bank_balances
    left join ledger_balances
        on
            bank_balances.entity_code = ledger_balances.entity_code
            and bank_balances.source_account_id = ledger_balances.source_account_id
            and bank_balances.currency_code = ledger_balances.currency_code
    left join breaks
        on
            bank_balances.entity_code = breaks.entity_code
            and bank_balances.source_account_id = breaks.source_account_id
),

final as (
    {{ reconciliation_rows('bank_balance_to_ledger', 'compared') }}
)

select * from final
