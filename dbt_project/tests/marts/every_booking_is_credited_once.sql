-- One metric, two tables: whoever they are credited to, what the rows of a forecast type have booked in a period with
-- quotas are the bookings of the period, at the average rates of their months; each may have been rounded for itself.
with

credited as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        period_start_date,
        period_end_date,
        sum(amount_bookings_own_group) as amount_credited
    from {{ ref('mart_forecast__quota_attainment') }}
    group by source_instance, forecast_type_name, holder_type, period_start_date, period_end_date
    having bool_or(has_quota) and not bool_or(is_rate_missing)
),

bookings as (
    select
        credited.source_instance,
        credited.forecast_type_name,
        credited.holder_type,
        credited.period_start_date,
        credited.period_end_date,
        count(*) as booking_count,
        sum(bookings.amount_tcv_transaction * average_rates.rate) as amount_booked
    from credited
    inner join {{ ref('fct_bookings') }} as bookings
        on
            credited.source_instance = bookings.source_instance
            and bookings.booking_date between credited.period_start_date and credited.period_end_date
    inner join {{ ref('fx_rates') }} as average_rates
        on
            average_rates.rate_type = 'average'
            and bookings.transaction_currency = average_rates.from_currency
            and average_rates.to_currency = '{{ var("group_currency") }}'
            and {{ is_valid_on('bookings.booking_date', 'average_rates') }}
    group by
        credited.source_instance,
        credited.forecast_type_name,
        credited.holder_type,
        credited.period_start_date,
        credited.period_end_date
)

select
    credited.*,
    bookings.amount_booked
from credited
inner join {{ ref('dim_currencies') }} as group_currency on group_currency.currency_code = '{{ var("group_currency") }}'
left join bookings
    on
        credited.source_instance = bookings.source_instance
        and credited.forecast_type_name = bookings.forecast_type_name
        and credited.holder_type = bookings.holder_type
        and credited.period_start_date = bookings.period_start_date
        and credited.period_end_date = bookings.period_end_date
where
    abs(credited.amount_credited - coalesce(bookings.amount_booked, 0))
    > {{ minor_units_to_amount('coalesce(bookings.booking_count, 0)', 'group_currency.minor_units') }}
