-- Grain: one row per instance, entity, payroll month, cost centre, account and currency: the employer's cost of the runs
-- of that month, debit > 0.
with

payroll_register as (select * from {{ ref('fct_payroll_register') }}),

-- An entity whose ledger comes as balances has no lines to compare with.
ledger_entities as (
    select distinct entity_code from {{ ref('fct_journal_lines') }}
),

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
        business_days.business_day_number,
        costs.load_id
    from costs
    left join calendars on costs.entity_code = calendars.entity_code
    left join business_days
        on
            calendars.country_code = business_days.country_code
            and costs.pay_date = business_days.calendar_date
    left join tolerances on costs.local_currency = tolerances.currency_code
)

select * from final
