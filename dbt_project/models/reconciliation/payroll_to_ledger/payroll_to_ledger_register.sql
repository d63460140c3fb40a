-- Grain: one row per instance, entity, payroll month, cost centre, account and currency: the employer's cost of the runs
-- of that month, debit > 0.
with

payroll_register as (select * from {{ ref('fct_payroll_register') }}),

-- An entity whose ledger comes as balances has no lines to compare with.
ledger_entities as (
    select distinct entity_code from {{ ref('fct_journal_lines') }}
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'payroll_to_ledger'
),

costs as (
    select
        payroll_register.source_instance,
        payroll_register.entity_code,
        payroll_register.period_month,
        payroll_register.source_cost_centre_id,
        payroll_register.source_account_id,
        payroll_register.local_currency,
        max(payroll_register.pay_date) as pay_date,
        {{ newest_load_id('payroll_register.load_id', 'payroll_register.recorded_at') }} as load_id,
        cast(sum(payroll_register.amount_local) as {{ type_amount() }}) as amount
    from payroll_register
    inner join ledger_entities on payroll_register.entity_code = ledger_entities.entity_code
    where payroll_register.is_employer_cost
    group by
        payroll_register.source_instance,
        payroll_register.entity_code,
        payroll_register.period_month,
        payroll_register.source_cost_centre_id,
        payroll_register.source_account_id,
        payroll_register.local_currency
),

final as (
    select
        {{ surrogate_key([
            'costs.source_instance', 'costs.entity_code', 'costs.period_month', 'costs.source_cost_centre_id',
            'costs.source_account_id', 'costs.local_currency'
        ]) }} as item_key,
        costs.source_instance,
        {{ natural_key([
            'costs.entity_code', month_code('costs.period_month'), 'costs.source_cost_centre_id',
            'costs.source_account_id'
        ]) }} as source_key,
        costs.entity_code,
        cast(null as varchar) as counterparty_key,
        costs.pay_date as item_date,
        last_day(costs.period_month) as period_end_date,
        {{ days_after('costs.pay_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        costs.local_currency as currency_code,
        costs.amount,
        costs.source_cost_centre_id,
        costs.source_account_id,
        {{ month_code('costs.period_month') }} as payroll_month,
        costs.load_id
    from costs
    left join tolerances on costs.local_currency = tolerances.currency_code
)

select * from final
