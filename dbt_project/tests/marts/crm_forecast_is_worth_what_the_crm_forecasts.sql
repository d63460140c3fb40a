-- The CRM's side of the comparison, taken back into the currency of who forecasts, is what the items say, alone and as
-- called. Only what is forecast in one currency can be taken back.
with

rates_back as (
    {{ closing_rates_back() }}
),

forecast as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        coalesce(source_holder_id, 'unassigned') as source_holder_id,
        period_start_date,
        period_end_date,
        forecast_category,
        min(transaction_currency) as currency_code,
        count(*) as item_count,
        sum(amount_own_transaction) as amount_own,
        sum(amount_called_transaction) as amount_called
    from {{ ref('fct_crm_forecast_items') }}
    where is_forecast_type_active and not is_cumulative and period_start_date is not null
    group by all
    having count(distinct transaction_currency) = 1
)

select
    forecast.*,
    shown.amount_crm_group,
    shown.amount_called_group,
    rates_back.rate as rate_back
from forecast
inner join rates_back
    on forecast.currency_code = rates_back.currency_code and {{ is_valid_on(as_of_date(), 'rates_back') }}
inner join {{ ref('dim_currencies') }} as group_currency on group_currency.currency_code = '{{ var("group_currency") }}'
left join {{ ref('mart_forecast__crm_forecast') }} as shown
    on
        forecast.source_instance = shown.source_instance
        and forecast.forecast_type_name = shown.forecast_type_name
        and forecast.holder_type = shown.holder_type
        and forecast.source_holder_id = shown.source_holder_id
        and forecast.period_start_date = shown.period_start_date
        and forecast.period_end_date = shown.period_end_date
        and forecast.forecast_category = shown.forecast_category
where
    {{ is_another_amount(
        'forecast.amount_own', 'coalesce(shown.amount_crm_group, 0)', 'rates_back.rate', 'group_currency.minor_units',
        'forecast.item_count'
    ) }}
    or {{ is_another_amount(
        'forecast.amount_called', 'coalesce(shown.amount_called_group, 0)', 'rates_back.rate',
        'group_currency.minor_units', 'forecast.item_count'
    ) }}
