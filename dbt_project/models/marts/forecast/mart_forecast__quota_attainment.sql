-- Grain: one row per CRM instance, forecast type in use, territory or person, and period: bookings (TCV) against quota.
-- A booking counts for its own territory and for every one above it; amount_bookings_own_group is the part that adds up.
-- What stands in no territory of an active model is a row of its own ('unassigned'), and so is who booked without a quota.
-- In group currency a quota is valued at the rate known when its period began: the closing rate of the month before.
-- Attainment values bookings at that rate too; what the average rate of the booking's month adds stands apart as fx. Each
-- currency of a territory and month is converted once. Without a rate group amounts are empty.
with

quotas as (
    select * from {{ ref('fct_sales_quotas') }}
    where is_forecast_type_active
),

bookings as (
    select * from {{ ref('fct_bookings') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

territories as (
    select * from {{ ref('dim_territories') }}
),

territory_ancestors as (
    select * from {{ ref('territory_ancestors') }}
),

group_currency as (
    select * from {{ ref('dim_currencies') }}
    where currency_code = '{{ var("group_currency") }}'
),

closing_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
),

average_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'average' and to_currency = '{{ var("group_currency") }}'
),

forecast_types as (
    select distinct
        source_instance,
        forecast_type_name,
        holder_type
    from quotas
),

periods as (
    select distinct
        source_instance,
        forecast_type_name,
        period_start_date,
        period_end_date
    from quotas
),

asked as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        coalesce(source_holder_id, 'unassigned') as source_holder_id,
        max(holder_name) as holder_name,
        max(owner_name) as owner_name,
        period_start_date,
        period_end_date,
        transaction_currency,
        sum(amount_transaction) as amount_quota
    from quotas
    group by
        source_instance,
        forecast_type_name,
        holder_type,
        coalesce(source_holder_id, 'unassigned'),
        period_start_date,
        period_end_date,
        transaction_currency
),

-- A period to come has the newest rate there is.
asked_in_group as (
    select
        asked.*,
        {{ converted_amount('asked.amount_quota', 'closing_rates.rate', 'group_currency.minor_units') }}
            as amount_quota_group
    from asked
    cross join group_currency
    left join closing_rates
        on
            asked.transaction_currency = closing_rates.from_currency
            and {{ is_valid_on(
                'least(' ~ days_after('asked.period_start_date', -1) ~ ', ' ~ as_of_date() ~ ')', 'closing_rates'
            ) }}
),

-- Every booking once per forecast type, with the one territory or person it is credited to.
credited as (
    select
        forecast_types.source_instance,
        forecast_types.forecast_type_name,
        forecast_types.holder_type,
        coalesce(
            case
                when forecast_types.holder_type = 'person' then opportunities.source_owner_id
                else territories.source_territory_id
            end, 'unassigned'
        ) as source_holder_id,
        case
            when forecast_types.holder_type = 'person' then opportunities.owner_name
            else territories.territory_name
        end as holder_name,
        territories.territory_id,
        bookings.booking_date,
        coalesce(periods.period_start_date, bookings.calendar_month) as period_start_date,
        coalesce(periods.period_end_date, last_day(bookings.calendar_month)) as period_end_date,
        bookings.calendar_month,
        bookings.transaction_currency,
        bookings.amount_tcv_transaction
    from bookings
    inner join forecast_types on bookings.source_instance = forecast_types.source_instance
    left join opportunities on bookings.opportunity_id = opportunities.opportunity_id
    left join territories
        on
            forecast_types.holder_type = 'territory'
            and bookings.territory_id = territories.territory_id
            and {{ is_valid_on('bookings.booking_date', 'territories') }}
    left join periods
        on
            forecast_types.source_instance = periods.source_instance
            and forecast_types.forecast_type_name = periods.forecast_type_name
            and bookings.booking_date >= periods.period_start_date
            and bookings.booking_date <= periods.period_end_date
),

booked as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        max(holder_name) as holder_name,
        territory_id,
        period_start_date,
        period_end_date,
        calendar_month,
        transaction_currency,
        sum(amount_tcv_transaction) as amount_booked
    from credited
    group by
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        territory_id,
        period_start_date,
        period_end_date,
        calendar_month,
        transaction_currency
),

booked_in_group as (
    select
        booked.*,
        {{ converted_amount('booked.amount_booked', 'average_rates.rate', 'group_currency.minor_units') }}
            as amount_group,
        {{ converted_amount('booked.amount_booked', 'closing_rates.rate', 'group_currency.minor_units') }}
            as amount_constant_group
    from booked
    cross join group_currency
    left join average_rates
        on
            booked.transaction_currency = average_rates.from_currency
            and {{ is_valid_on('booked.calendar_month', 'average_rates') }}
    left join closing_rates
        on
            booked.transaction_currency = closing_rates.from_currency
            and {{ is_valid_on(
                'least(' ~ days_after('booked.period_start_date', -1) ~ ', ' ~ as_of_date() ~ ')', 'closing_rates'
            ) }}
),

-- Who a booking is credited to, and every territory above: the first is its own.
counted as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        holder_name,
        period_start_date,
        period_end_date,
        true as is_own,
        amount_group,
        amount_constant_group
    from booked_in_group

    union all

    select
        booked_in_group.source_instance,
        booked_in_group.forecast_type_name,
        booked_in_group.holder_type,
        holders.source_territory_id as source_holder_id,
        holders.territory_name as holder_name,
        booked_in_group.period_start_date,
        booked_in_group.period_end_date,
        false as is_own,
        booked_in_group.amount_group,
        booked_in_group.amount_constant_group
    from booked_in_group
    inner join territory_ancestors
        on
            booked_in_group.territory_id = territory_ancestors.territory_id
            and booked_in_group.territory_id <> territory_ancestors.ancestor_territory_id
    inner join territories as holders on territory_ancestors.ancestor_territory_id = holders.territory_id
),

both_sides as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        holder_name,
        owner_name,
        period_start_date,
        period_end_date,
        amount_quota_group,
        1 as quota_count,
        0 as booking_count,
        cast(0 as {{ type_amount() }}) as amount_own_group,
        cast(0 as {{ type_amount() }}) as amount_bookings_group,
        cast(0 as {{ type_amount() }}) as amount_bookings_constant_group,
        amount_quota_group is null as is_rate_missing
    from asked_in_group

    union all

    select
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        holder_name,
        cast(null as varchar) as owner_name,
        period_start_date,
        period_end_date,
        cast(0 as {{ type_amount() }}) as amount_quota_group,
        0 as quota_count,
        1 as booking_count,
        case when is_own then amount_group else 0 end as amount_own_group,
        amount_group as amount_bookings_group,
        amount_constant_group as amount_bookings_constant_group,
        amount_group is null or amount_constant_group is null as is_rate_missing
    from counted
),

summed as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        max(holder_name) as holder_name,
        max(owner_name) as owner_name,
        period_start_date,
        period_end_date,
        max(quota_count) > 0 as has_quota,
        max(cast(is_rate_missing as integer)) = 1 as is_rate_missing,
        sum(amount_quota_group) as amount_quota_group,
        sum(amount_own_group) as amount_bookings_own_group,
        sum(amount_bookings_group) as amount_bookings_group,
        sum(amount_bookings_constant_group) as amount_bookings_constant_group
    from both_sides
    group by
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        period_start_date,
        period_end_date
),

final as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        coalesce(holder_name, case when source_holder_id = 'unassigned' then 'Unassigned' end, source_holder_id)
            as holder_name,
        owner_name,
        period_start_date,
        period_end_date,
        period_end_date <= {{ as_of_date() }} as is_period_ended,
        has_quota,
        is_rate_missing,
        case when not is_rate_missing then cast(amount_quota_group as {{ type_amount() }}) end as amount_quota_group,
        case when not is_rate_missing then cast(amount_bookings_own_group as {{ type_amount() }}) end
            as amount_bookings_own_group,
        case when not is_rate_missing then cast(amount_bookings_group as {{ type_amount() }}) end
            as amount_bookings_group,
        case when not is_rate_missing then cast(amount_bookings_constant_group as {{ type_amount() }}) end
            as amount_bookings_constant_group,
        case
            when not is_rate_missing
                then cast(amount_bookings_group - amount_bookings_constant_group as {{ type_amount() }})
        end as amount_fx_group,
        case
            when not is_rate_missing and amount_quota_group > 0
                then cast(round({{ truncated_quotient(
                    'cast(amount_bookings_constant_group as ' ~ type_amount() ~ ')', 4,
                    'cast(amount_quota_group as ' ~ type_amount() ~ ')', 4, 8
                ) }}, 6) as decimal(18, 6))
        end as attainment,
        '{{ var("group_currency") }}' as group_currency
    from summed
)

select * from final
