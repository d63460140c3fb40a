-- Grain: one row per primary ledger, company, account and period: what moved, debit > 0, as the ledger itself sums it.
-- Beside the actual balance in the ledger's currency there are others that would count it again: of budgets and
-- encumbrances, entered in another currency (R; the ledger's own balance has their value), translated into one (Y, N),
-- and those of summary accounts.
with

balances as (
    select * from {{ ref('stg_oracle_fusion__balances') }}
    where actual_flag = 'A' and translated_flag = '' and template_id is null
),

ledgers as (
    select * from {{ ref('int_oracle_fusion__ledgers') }}
),

code_combinations as (
    select * from {{ ref('int_oracle_fusion__code_combinations') }}
),

final as (
    select
        balances.ledger_id,
        code_combinations.company_code,
        code_combinations.account_number,
        balances.period_name,
        cast(sum(balances.amount_debit) - sum(balances.amount_credit) as {{ type_amount() }}) as amount_movement_local,
        bool_or(balances.amount_debit <> 0 or balances.amount_credit <> 0) as has_moved,
        ledgers.local_currency,
        balances.source_instance,
        {{ newest_load_id('balances.load_id', 'balances.recorded_at') }} as load_id,
        max(balances.recorded_at) as recorded_at
    from balances
    inner join ledgers
        on
            balances.source_instance = ledgers.source_instance
            and balances.ledger_id = ledgers.ledger_id
            and balances.currency_code = ledgers.local_currency
    inner join code_combinations
        on
            balances.source_instance = code_combinations.source_instance
            and balances.code_combination_id = code_combinations.code_combination_id
    group by
        balances.ledger_id,
        code_combinations.company_code,
        code_combinations.account_number,
        balances.period_name,
        ledgers.local_currency,
        balances.source_instance
)

select * from final
