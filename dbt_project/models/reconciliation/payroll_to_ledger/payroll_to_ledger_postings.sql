-- Grain: one row per ledger document, cost centre, account and currency: what it charges to an account that pay runs charge.
-- Leading ledger, local currency, debit > 0. A document is payroll when it also posts to an account on which runs say that
-- something is owed: what auditors or accruals add to the same expense is not. In the months of the runs, or assigned to one.
-- The trap: an ERP that keeps cost centres per company has the company in front of their codes, a payroll office has not.
with

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

payroll_register as (select * from {{ ref('fct_payroll_register') }}),

register as (select * from {{ ref('payroll_to_ledger_register') }}),

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

leading_ledgers as (select * from {{ ref('leading_ledgers') }}),

charged_accounts as (
    select distinct
        entity_code,
        source_account_id
    from register
),

owed_accounts as (
    select distinct
        entity_code,
        source_account_id
    from payroll_register
    where not is_employer_cost
),

payroll_documents as (
    select distinct
        journal_lines.source_instance,
        journal_lines.ledger_code,
        journal_lines.source_entity_id,
        journal_lines.fiscal_year,
        journal_lines.document_number
    from journal_lines
    inner join owed_accounts
        on
            journal_lines.entity_code = owed_accounts.entity_code
            and journal_lines.source_account_id = owed_accounts.source_account_id
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
        coalesce(paid_months.payroll_month, {{ month_code('journal_lines.posting_date') }}) as payroll_month,
        case
            when journal_lines.source_cost_centre_id like journal_lines.source_entity_id || '/%'
                then substr(journal_lines.source_cost_centre_id, length(journal_lines.source_entity_id) + 2)
            else journal_lines.source_cost_centre_id
        end as cost_centre_code
    from journal_lines
    inner join leading_ledgers
        on
            journal_lines.entity_code = leading_ledgers.entity_code
            and journal_lines.source_instance = leading_ledgers.source_instance
            and journal_lines.ledger_code = leading_ledgers.ledger_code
    inner join charged_accounts
        on
            journal_lines.entity_code = charged_accounts.entity_code
            and journal_lines.source_account_id = charged_accounts.source_account_id
    inner join payroll_documents
        on
            journal_lines.source_instance = payroll_documents.source_instance
            and journal_lines.ledger_code = payroll_documents.ledger_code
            and journal_lines.source_entity_id = payroll_documents.source_entity_id
            and journal_lines.fiscal_year = payroll_documents.fiscal_year
            and journal_lines.document_number = payroll_documents.document_number
    inner join paid_time on journal_lines.entity_code = paid_time.entity_code
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

charges as (
    select
        source_instance,
        entity_code,
        fiscal_year,
        document_number,
        cost_centre_code as source_cost_centre_id,
        source_account_id,
        payroll_month,
        local_currency,
        max(posting_date) as posting_date,
        cast(sum(amount_local) as {{ type_amount() }}) as amount,
        coalesce(max(case when is_reversal then 1 else 0 end) = 1, false) as is_reversal,
        coalesce(max(case when is_reversed then 1 else 0 end) = 1, false) as is_reversed,
        {{ newest_load_id() }} as load_id
    from payroll_lines
    group by
        source_instance,
        entity_code,
        fiscal_year,
        document_number,
        cost_centre_code,
        source_account_id,
        payroll_month,
        local_currency
),

final as (
    select
        {{ surrogate_key([
            'charges.source_instance', 'charges.entity_code', 'charges.fiscal_year', 'charges.document_number',
            'charges.source_cost_centre_id', 'charges.source_account_id', 'charges.payroll_month',
            'charges.local_currency'
        ]) }} as item_key,
        charges.source_instance,
        {{ natural_key([
            'charges.entity_code', 'charges.fiscal_year', 'charges.document_number', 'charges.source_cost_centre_id',
            'charges.source_account_id'
        ]) }} as source_key,
        charges.entity_code,
        cast(null as varchar) as counterparty_key,
        charges.posting_date as item_date,
        last_day(charges.posting_date) as period_end_date,
        cast(null as date) as partner_due_date,
        charges.local_currency as currency_code,
        charges.amount,
        charges.source_cost_centre_id,
        charges.source_account_id,
        charges.payroll_month,
        charges.is_reversal,
        charges.is_reversed,
        business_days.business_day_number,
        charges.load_id
    from charges
    left join calendars on charges.entity_code = calendars.entity_code
    left join business_days
        on
            calendars.country_code = business_days.country_code
            and charges.posting_date = business_days.calendar_date
)

select * from final
