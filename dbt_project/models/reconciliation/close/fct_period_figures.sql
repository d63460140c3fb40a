-- Grain: one row per entity, module, month and figure: what somebody signs who closes the month. GL is every account of
-- the books and every manual adjustment, AR and AP their control accounts, billing the documents issued, by currency.
-- Debits > 0, credits < 0. A special period is in the month whose end it shares, as figures of its own. An account that
-- was never posted to, or stands at zero and did not move, is no figure: it appears when it changes something.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

billing_invoices as (select * from {{ ref('fct_billing_invoices') }}),

adjustment_lines as (
    select * from {{ ref('fct_adjustment_lines') }}
    where is_in_books
),

account_figures as (
    select
        trial_balances.entity_code,
        accounts.control_account,
        trial_balances.calendar_month as period_month,
        {{ natural_key([
            'trial_balances.ledger_code', 'trial_balances.fiscal_year', 'trial_balances.fiscal_period',
            'trial_balances.group_account_code', 'trial_balances.source_account_id'
        ]) }} as figure_key,
        trial_balances.local_currency as currency_code,
        sum(trial_balances.amount_debit_local) as amount_debit,
        sum(trial_balances.amount_credit_local) as amount_credit,
        sum(trial_balances.amount_closing_local) as amount_closing
    from trial_balances
    left join accounts on trial_balances.account_id = accounts.account_id
    group by
        trial_balances.entity_code,
        accounts.control_account,
        trial_balances.calendar_month,
        trial_balances.ledger_code,
        trial_balances.fiscal_year,
        trial_balances.fiscal_period,
        trial_balances.group_account_code,
        trial_balances.source_account_id,
        trial_balances.local_currency
),

-- A draft is not a document yet; a void one claims nothing.
billing_figures as (
    select
        entity_code,
        {{ month_of('invoice_date') }} as period_month,
        {{ natural_key(['source_instance', 'invoice_type']) }} as figure_key,
        transaction_currency as currency_code,
        sum(greatest(amount_gross_transaction, 0)) as amount_debit,
        sum(least(amount_gross_transaction, 0)) as amount_credit,
        sum(amount_gross_transaction) as amount_closing
    from billing_invoices
    where invoice_status not in ('draft', 'void') and entity_code is not null
    group by entity_code, {{ month_of('invoice_date') }}, source_instance, invoice_type, transaction_currency
),

-- Whoever signs a month signs for what was adjusted in it, too.
adjustment_figures as (
    select
        entity_code,
        calendar_month as period_month,
        {{ natural_key(["'adjustment'", 'ledger_code', 'adjustment_code', 'entry_kind', 'group_account_code']) }}
            as figure_key,
        local_currency as currency_code,
        sum(greatest(amount_local, 0)) as amount_debit,
        sum(least(amount_local, 0)) as amount_credit,
        sum(amount_local) as amount_closing
    from adjustment_lines
    group by
        entity_code, calendar_month, ledger_code, adjustment_code, entry_kind, group_account_code, local_currency
),

figures as (
    select
        entity_code,
        'GL' as module,
        period_month,
        figure_key,
        currency_code,
        amount_debit,
        amount_credit,
        amount_closing
    from account_figures

    union all

    select
        entity_code,
        control_account as module,
        period_month,
        figure_key,
        currency_code,
        amount_debit,
        amount_credit,
        amount_closing
    from account_figures
    where control_account in ('AR', 'AP')

    union all

    select
        entity_code,
        'billing' as module,
        period_month,
        figure_key,
        currency_code,
        amount_debit,
        amount_credit,
        amount_closing
    from billing_figures

    union all

    select
        entity_code,
        'GL' as module,
        period_month,
        figure_key,
        currency_code,
        amount_debit,
        amount_credit,
        amount_closing
    from adjustment_figures
),

final as (
    select
        entity_code,
        module,
        period_month,
        figure_key,
        currency_code,
        cast(amount_debit as {{ type_amount() }}) as amount_debit,
        cast(amount_credit as {{ type_amount() }}) as amount_credit,
        cast(amount_closing as {{ type_amount() }}) as amount_closing
    from figures
    where amount_debit <> 0 or amount_credit <> 0 or amount_closing <> 0
)

select * from final
