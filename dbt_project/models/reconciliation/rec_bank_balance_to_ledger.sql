-- Grain: one row per ledger account that mirrors bank accounts, and month. Left is what the banks' last statements until
-- the end of the month say (in the month of the as-of date: until that date), right the balance of the ledger account on
-- that day, as far as the bank has told, in the currency of the account, money in the bank > 0. What lies between them are
-- the open items of bank_to_ledger, each with its own outcome, cause and owner.
with

bank_statements as (
    select
        *,
        lead(statement_date) over (
            partition by source_instance, source_bank_account_id
            order by statement_date, sequence_number, source_statement_id
        ) as next_statement_date
    from {{ ref('fct_bank_statements') }}
),

postings as (select * from {{ ref('bank_to_ledger_postings') }}),

month_ends as (
    select distinct
        calendar_month as period_month,
        least(last_day(calendar_month), {{ as_of_date() }}) as balance_date
    from {{ ref('dim_fiscal_periods') }}
    where calendar_month <= {{ as_of_date() }}
),

breaks as (
    select
        coalesce(bank_items.entity_code, postings.entity_code) as entity_code,
        coalesce(bank_items.source_account_id, postings.source_account_id) as source_account_id,
        min(coalesce(reconciliations.left_date, reconciliations.right_date)) as since_date
    from {{ ref('rec_bank_to_ledger') }} as reconciliations
    left join {{ ref('bank_to_ledger_bank_items') }} as bank_items
        on
            reconciliations.left_instance = bank_items.source_instance
            and reconciliations.left_key = bank_items.source_key
    left join postings
        on
            reconciliations.right_instance = postings.source_instance
            and reconciliations.right_key = postings.source_key
    where reconciliations.amount_difference <> 0 and reconciliations.outcome <> 'timing'
    group by
        coalesce(bank_items.entity_code, postings.entity_code),
        coalesce(bank_items.source_account_id, postings.source_account_id)
),

ledger_entities as (
    select distinct entity_code from {{ ref('fct_journal_lines') }}
),

bank_balances as (
    select
        month_ends.period_month,
        month_ends.balance_date,
        bank_statements.entity_code,
        bank_statements.source_account_id,
        bank_statements.account_currency as currency_code,
        min(bank_statements.source_instance) as source_instance,
        {{ newest_load_id('bank_statements.load_id', 'bank_statements.recorded_at') }} as load_id,
        max(bank_statements.statement_date) as statement_date,
        count(*) as account_count,
        sum(bank_statements.amount_closing) as amount
    from bank_statements
    inner join month_ends
        on
            bank_statements.statement_date <= month_ends.balance_date
            and (
                bank_statements.next_statement_date is null
                or bank_statements.next_statement_date > month_ends.balance_date
            )
    inner join ledger_entities on bank_statements.entity_code = ledger_entities.entity_code
    where bank_statements.is_bank_account_mapped
    group by
        month_ends.period_month,
        month_ends.balance_date,
        bank_statements.entity_code,
        bank_statements.source_account_id,
        bank_statements.account_currency
),

ledger_balances as (
    select
        month_ends.period_month,
        postings.entity_code,
        postings.source_account_id,
        postings.currency_code,
        min(postings.source_instance) as source_instance,
        max(postings.item_date) as posting_date,
        sum(postings.amount) as amount
    from postings
    inner join month_ends on postings.item_date <= month_ends.balance_date
    group by month_ends.period_month, postings.entity_code, postings.source_account_id, postings.currency_code
),

paired as (
    select
        bank_balances.*,
        ledger_balances.source_instance as right_instance,
        ledger_balances.posting_date,
        ledger_balances.amount as ledger_amount,
        -- The balance of the run is called by its account alone, that of an ended month by the month too.
        case
            when bank_balances.period_month = {{ month_of(as_of_date()) }}
                then {{ natural_key(['bank_balances.entity_code', 'bank_balances.source_account_id']) }}
            else {{ natural_key([
                'bank_balances.entity_code', 'bank_balances.source_account_id', month_code('bank_balances.period_month')
            ]) }}
        end as balance_key,
        coalesce(breaks.since_date <= bank_balances.balance_date, false) as has_breaks
    from bank_balances
    left join ledger_balances
        on
            bank_balances.period_month = ledger_balances.period_month
            and bank_balances.entity_code = ledger_balances.entity_code
            and bank_balances.source_account_id = ledger_balances.source_account_id
            and bank_balances.currency_code = ledger_balances.currency_code
    left join breaks
        on
            bank_balances.entity_code = breaks.entity_code
            and bank_balances.source_account_id = breaks.source_account_id
),

compared as (
    select
        entity_code,
        period_month,
        cast(null as varchar) as counterparty_key,
        currency_code,
        source_instance as left_instance,
        balance_key as left_key,
        load_id as left_load_id,
        account_count as left_item_count,
        statement_date as left_date,
        amount as left_amount,
        right_instance,
        case when right_instance is not null then balance_key end as right_key,
        cast(null as varchar) as right_load_id,
        case when right_instance is not null then 1 end as right_item_count,
        posting_date as right_date,
        ledger_amount as right_amount,
        case when amount = coalesce(ledger_amount, 0) then 'matched' else 'timing' end as outcome,
        case
            when amount = coalesce(ledger_amount, 0) then 'agrees'
            when has_breaks then 'open_items'
            else 'in_transit'
        end as cause,
        'last_statement' as rule_name,
        cast(null as varchar) as exception_type,
        cast(null as varchar) as natural_key
    from paired
),

final as (
    {{ reconciliation_rows('bank_balance_to_ledger', 'compared') }}
)

select * from final
