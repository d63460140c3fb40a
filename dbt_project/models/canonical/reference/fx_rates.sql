-- Grain: one row per rate type, pair of currencies and validity (half-open). One unit of from_currency is worth `rate`
-- units of to_currency. Pairs lead from every quoted currency to the group currency, and to and from the base currency
-- (the one all quotes are made in): a rate must not wait for a record in its currency, least of all for one of a system
-- that is down. Without a quote within seven days there is no row: nothing is ever valued at 1 for
-- want of a rate.
-- spot: the quote of the day, carried forward for at most seven days. closing: the last quote of the month, at most
-- seven days old at its end; while the month runs, at the as-of date. average: the mean of the month's daily quotes.
with

all_quotes as (
    select * from {{ ref('all_fx_rates') }}
    where rate_type = 'spot' and rate_date <= {{ as_of_date() }}
),

fiscal_periods as (
    select * from {{ ref('dim_fiscal_periods') }}
),

sides_of_quotes as (
    select
        source_instance,
        from_currency as currency_code
    from all_quotes
    union all
    select
        source_instance,
        to_currency as currency_code
    from all_quotes
),

-- A provider quotes everything in one currency, on either side.
base_currencies as (
    select distinct currency_code
    from (
        select
            currency_code,
            row_number() over (partition by source_instance order by count(*) desc, currency_code) as commonness
        from sides_of_quotes
        group by source_instance, currency_code
    ) as counted_sides
    where commonness = 1
),

-- Of two providers that quote the same pair on the same day, the first by name counts.
published_quotes as (
    select
        all_quotes.*,
        row_number() over (
            partition by all_quotes.rate_date, all_quotes.from_currency, all_quotes.to_currency
            order by all_quotes.source_instance
        ) as provider_rank
    from all_quotes
    where all_quotes.from_currency <> all_quotes.to_currency
),

direct_quotes as (
    select
        rate_date,
        from_currency,
        to_currency,
        rate,
        cast('direct' as varchar) as rate_path,
        source_instance,
        load_id,
        recorded_at
    from published_quotes
    where provider_rank = 1
),

inverse_quotes as (
    select
        direct_quotes.rate_date,
        direct_quotes.to_currency as from_currency,
        direct_quotes.from_currency as to_currency,
        {{ quotient_of_rates('cast(1 as ' ~ type_rate() ~ ')', 'direct_quotes.rate') }} as rate,
        cast('inverse' as varchar) as rate_path,
        direct_quotes.source_instance,
        direct_quotes.load_id,
        direct_quotes.recorded_at
    from direct_quotes
    left join direct_quotes as opposites
        on
            direct_quotes.rate_date = opposites.rate_date
            and direct_quotes.from_currency = opposites.to_currency
            and direct_quotes.to_currency = opposites.from_currency
    where opposites.rate_date is null
),

quotes as (
    select * from direct_quotes
    union all
    select * from inverse_quotes
),

-- Only pairs that nobody quotes are crossed, and only those that lead to the group currency. Both legs start at the
-- base, so the pair is one division; between several bases the first by name counts.
crossings as (
    select
        to_leg.rate_date,
        from_leg.to_currency as from_currency,
        to_leg.to_currency,
        {{ quotient_of_rates('to_leg.rate', 'from_leg.rate') }} as rate,
        'cross via ' || to_leg.from_currency as rate_path,
        to_leg.source_instance,
        to_leg.load_id,
        to_leg.recorded_at,
        row_number() over (
            partition by to_leg.rate_date, from_leg.to_currency, to_leg.to_currency
            order by to_leg.from_currency
        ) as base_rank
    from quotes as to_leg
    inner join quotes as from_leg
        on
            to_leg.rate_date = from_leg.rate_date
            and to_leg.from_currency = from_leg.from_currency
            and to_leg.to_currency <> from_leg.to_currency
    left join quotes as quoted
        on
            to_leg.rate_date = quoted.rate_date
            and from_leg.to_currency = quoted.from_currency
            and to_leg.to_currency = quoted.to_currency
    where
        to_leg.to_currency = '{{ var("group_currency") }}'
        and quoted.rate_date is null
),

daily_quotes as (
    select * from quotes
    union all
    select
        rate_date,
        from_currency,
        to_currency,
        rate,
        rate_path,
        source_instance,
        load_id,
        recorded_at
    from crossings
    where base_rank = 1
),

spot_rates as (
    select
        'spot' as rate_type,
        from_currency,
        to_currency,
        rate_date as valid_from,
        least(
            coalesce(
                lead(rate_date) over (partition by from_currency, to_currency order by rate_date), {{ open_end() }}
            ),
            {{ days_after('rate_date', 8) }}
        ) as valid_to,
        rate,
        rate_path,
        rate_date as quote_date,
        source_instance,
        load_id,
        recorded_at
    from daily_quotes
),

months as (
    select distinct
        calendar_month,
        {{ months_after('calendar_month', 1) }} as next_calendar_month,
        least(last_day(calendar_month), {{ as_of_date() }}) as closing_date
    from fiscal_periods
    where calendar_month <= {{ as_of_date() }}
),

quotes_before_month_end as (
    select
        months.calendar_month,
        months.next_calendar_month,
        daily_quotes.*,
        row_number() over (
            partition by months.calendar_month, daily_quotes.from_currency, daily_quotes.to_currency
            order by daily_quotes.rate_date desc
        ) as recency
    from months
    inner join daily_quotes
        on
            months.closing_date >= daily_quotes.rate_date
            and {{ days_after('months.closing_date', -7) }} <= daily_quotes.rate_date
),

closing_rates as (
    select
        'closing' as rate_type,
        from_currency,
        to_currency,
        calendar_month as valid_from,
        next_calendar_month as valid_to,
        rate,
        rate_path,
        rate_date as quote_date,
        source_instance,
        load_id,
        recorded_at
    from quotes_before_month_end
    where recency = 1
),

average_rates as (
    select
        'average' as rate_type,
        from_currency,
        to_currency,
        {{ month_of('rate_date') }} as valid_from,
        {{ months_after(month_of('rate_date'), 1) }} as valid_to,
        {{ mean_of_rates('rate') }} as rate,
        min(rate_path) as rate_path,
        max(rate_date) as quote_date,
        min(source_instance) as source_instance,
        max_by(load_id, rate_date) as load_id,
        max_by(recorded_at, rate_date) as recorded_at
    from daily_quotes
    group by from_currency, to_currency, {{ month_of('rate_date') }}
),

rate_types as (
    select 'spot' as rate_type
    union all
    select 'closing' as rate_type
    union all
    select 'average' as rate_type
),

-- A currency is worth itself on every day, so that a conversion is one join whatever the currency.
own_rates as (
    select
        rate_types.rate_type,
        own_currencies.currency_code as from_currency,
        own_currencies.currency_code as to_currency,
        {{ open_start() }} as valid_from,
        {{ open_end() }} as valid_to,
        cast(1 as {{ type_rate() }}) as rate,
        'same currency' as rate_path,
        cast(null as date) as quote_date,
        cast(null as varchar) as source_instance,
        cast(null as varchar) as load_id,
        cast(null as timestamp) as recorded_at
    from (
        select currency_code from base_currencies
        union
        select '{{ var("group_currency") }}' as currency_code
    ) as own_currencies
    cross join rate_types
),

final as (
    select * from spot_rates
    union all
    select * from closing_rates
    union all
    select * from average_rates
    union all
    select * from own_rates
)

select * from final
