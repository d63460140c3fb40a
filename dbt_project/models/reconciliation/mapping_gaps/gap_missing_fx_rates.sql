-- Grain: one row per currency and ended month in which the currency was in use and no closing rate to the group
-- currency exists, and one per source of rates that has stopped: it has no rate of the business day before the day its
-- data are of. A currency is in use in a month when a balance is kept in it, a document was posted in it, or a
-- subscription charges in it.
-- The trap: the rate of a day comes in the afternoon, so a night may be too early for it. A year whose holidays are not
-- listed asks for no rate, and how old the data themselves are is source_too_old.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

subscription_mrr as (select * from {{ ref('fct_subscription_mrr') }}),

closing_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
),

last_quotes as (
    select
        source_instance,
        business_calendar,
        max(rate_date) as last_rate_date,
        max_by(load_id, rate_date) as load_id
    from {{ ref('all_fx_rates') }}
    where business_calendar is not null and rate_date <= {{ as_of_date() }}
    group by source_instance, business_calendar
),

source_status as (select * from {{ source('control', 'source_status') }}),

business_days as (
    select
        *,
        max(holiday_name) over (partition by country_code, year(calendar_date)) is not null as is_year_listed
    from {{ ref('dim_business_days') }}
),

awaited_quotes as (
    select
        last_quotes.source_instance,
        last_quotes.last_rate_date,
        last_quotes.load_id,
        max(business_days.calendar_date) as awaited_date
    from last_quotes
    left join source_status on last_quotes.source_instance = source_status.source_instance
    inner join business_days
        on
            last_quotes.business_calendar = business_days.country_code
            and business_days.is_business_day
            and business_days.is_year_listed
            and business_days.calendar_date < least(source_status.as_of, {{ as_of_date() }})
    group by last_quotes.source_instance, last_quotes.last_rate_date, last_quotes.load_id
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

    union all

    select
        'missing_fx_rate' as exception_type,
        {{ natural_key(["'spot'", 'source_instance']) }} as natural_key,
        cast(null as varchar) as entity_code,
        {{ month_of('awaited_date') }} as period_month,
        cast(null as {{ type_amount() }}) as amount_transaction,
        cast(null as varchar) as transaction_currency,
        concat_ws(
            ' ', 'Rates of', source_instance, 'end on', cast(last_rate_date as varchar) || ', those of',
            cast(awaited_date as varchar), 'are out'
        ) as subject,
        source_instance,
        load_id
    from awaited_quotes
    where last_rate_date < awaited_date
)

select * from final
