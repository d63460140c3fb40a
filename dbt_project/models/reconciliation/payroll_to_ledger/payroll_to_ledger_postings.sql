-- Grain: one row per ledger line on an account and in an entity that pay runs charge, in the months of the runs or assigned
-- to one. Leading ledger, local currency, debit > 0. Postings into special periods adjust a year and are no payroll.
with

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

fiscal_periods as (select * from {{ ref('dim_fiscal_periods') }}),

register as (select * from {{ ref('payroll_to_ledger_register') }}),

leading_ledgers as (
    select
        entity_code,
        min(ledger_code) as ledger_code
    from journal_lines
    group by entity_code
),

charged_accounts as (
    select distinct
        entity_code,
        source_account_id
    from register
),

paid_months as (
    select distinct
        entity_code,
        payroll_month
    from register
),

-- Between the first and the last run of an entity a month without a file is a file that is missing.
paid_time as (
    select
        entity_code,
        min(payroll_month) as first_month,
        max(payroll_month) as last_month
    from paid_months
    group by entity_code
),

payroll_lines as (
    select
        journal_lines.*,
        coalesce(paid_months.payroll_month, {{ month_code('journal_lines.posting_date') }}) as payroll_month
    from journal_lines
    inner join leading_ledgers
        on
            journal_lines.entity_code = leading_ledgers.entity_code
            and journal_lines.ledger_code = leading_ledgers.ledger_code
    inner join charged_accounts
        on
            journal_lines.entity_code = charged_accounts.entity_code
            and journal_lines.source_account_id = charged_accounts.source_account_id
    inner join paid_time on journal_lines.entity_code = paid_time.entity_code
    inner join fiscal_periods
        on
            journal_lines.fiscal_calendar = fiscal_periods.fiscal_calendar
            and journal_lines.fiscal_year = fiscal_periods.fiscal_year
            and journal_lines.fiscal_period = fiscal_periods.fiscal_period
            and not fiscal_periods.is_special
    left join paid_months
        on
            journal_lines.entity_code = paid_months.entity_code
            and journal_lines.assignment_reference = paid_months.payroll_month
    where
        paid_months.payroll_month is not null
        or (
            {{ month_code('journal_lines.posting_date') }} >= paid_time.first_month
            and {{ month_code('journal_lines.posting_date') }} <= paid_time.last_month
        )
),

final as (
    select
        {{ surrogate_key([
            'source_instance', 'entity_code', 'fiscal_year', 'document_number', 'line_number'
        ]) }} as item_key,
        source_instance,
        {{ natural_key(['entity_code', 'fiscal_year', 'document_number', 'line_number']) }} as source_key,
        entity_code,
        cast(null as varchar) as counterparty_key,
        posting_date as item_date,
        last_day(posting_date) as period_end_date,
        cast(null as date) as partner_due_date,
        local_currency as currency_code,
        amount_local as amount,
        source_cost_centre_id,
        source_account_id,
        payroll_month,
        is_reversal,
        is_reversed,
        load_id
    from payroll_lines
)

select * from final
