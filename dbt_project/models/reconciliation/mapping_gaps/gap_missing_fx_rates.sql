-- Grain: one row per currency and ended month in which the currency was in use and no closing rate to the group
-- currency exists. A currency is in use in a month when a balance is kept in it, a document was posted in it, or a
-- subscription charges in it.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

subscription_mrr as (select * from {{ ref('fct_subscription_mrr') }}),

closing_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
),

currencies_in_use as (
    select
        local_currency as currency_code,
        calendar_month as period_month
    from trial_balances

    union

    select
        transaction_currency as currency_code,
        calendar_month as period_month
    from journal_lines

    union

    select
        transaction_currency as currency_code,
        calendar_month as period_month
    from subscription_mrr
),

final as (
    select
        'missing_fx_rate' as exception_type,
        {{ natural_key([
            "'closing'", 'in_use.currency_code', "'" ~ var('group_currency') ~ "'", month_code('in_use.period_month')
        ]) }} as natural_key,
        cast(null as varchar) as entity_code,
        in_use.period_month,
        cast(null as {{ type_amount() }}) as amount_transaction,
        cast(null as varchar) as transaction_currency,
        concat_ws(
            ' ', 'Closing rate', in_use.currency_code, 'to {{ var("group_currency") }} of',
            cast(last_day(in_use.period_month) as varchar)
        ) as subject,
        cast(null as varchar) as source_instance,
        cast(null as varchar) as load_id
    from currencies_in_use as in_use
    left join closing_rates
        on
            in_use.currency_code = closing_rates.from_currency
            and {{ is_valid_on('in_use.period_month', 'closing_rates') }}
    where
        closing_rates.from_currency is null
        and in_use.currency_code is not null
        and last_day(in_use.period_month) <= {{ as_of_date() }}
)

select * from final
