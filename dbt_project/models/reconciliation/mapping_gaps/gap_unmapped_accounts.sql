-- Grain: one row per account of a source's chart that was posted to without a group account, entity that posted, and
-- month in which it moved or has a balance.
-- The amount is the turnover, debits plus credits without their signs, in local currency.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

final as (
    select
        'unmapped_account' as exception_type,
        {{ natural_key([
            'trial_balances.source_instance', 'trial_balances.chart_code', 'trial_balances.source_account_id'
        ]) }} as natural_key,
        trial_balances.entity_code,
        trial_balances.calendar_month as period_month,
        sum(trial_balances.amount_debit_local - trial_balances.amount_credit_local) as amount_transaction,
        trial_balances.local_currency as transaction_currency,
        concat_ws(
            ' ',
            'Account',
            trial_balances.source_account_id,
            min(accounts.account_name),
            'of chart',
            trial_balances.chart_code
        ) as subject,
        trial_balances.source_instance,
        {{ newest_load_id('trial_balances.load_id', 'trial_balances.recorded_at') }} as load_id
    from trial_balances
    left join accounts on trial_balances.account_id = accounts.account_id
    where
        trial_balances.group_account_code = 'UNMAPPED'
        and (
            trial_balances.amount_debit_local <> 0
            or trial_balances.amount_credit_local <> 0
            or trial_balances.amount_closing_local <> 0
        )
    group by
        trial_balances.source_instance,
        trial_balances.chart_code,
        trial_balances.source_account_id,
        trial_balances.entity_code,
        trial_balances.calendar_month,
        trial_balances.local_currency
)

select * from final
