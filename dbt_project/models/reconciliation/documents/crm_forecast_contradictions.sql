-- Grain: one row per forecast type, territory or person, period and category whose own amount is not what the deals of
-- the CRM add up to: those of the territory or person that close in the period, in the categories it holds.
-- The CRM converts at its present rates, each deal by itself: a deal in another currency may be a minor unit off.
-- The trap: the CRM works items out all day, while deals are read as of the end of the day. What it worked out later, or
-- not yet, is compared the next night. Adjustments are not in the own amount.
with

items as (
    select * from {{ ref('fct_crm_forecast_items') }}
    where
        is_forecast_type_active
        and is_sum_of_opportunities
        and is_up_to_date
        and held_categories is not null
        and (calculated_at is null or cast(calculated_at as date) <= {{ as_of_date() }})
),

opportunities as (
    select
        *,
        source_territory_id as territory,
        source_owner_id as person
    from {{ ref('fct_opportunities') }}
    where not is_deleted and amount_transaction is not null
),

currencies as (select * from {{ ref('dim_currencies') }}),

-- In a territory several people may forecast, each their own.
forecasts as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        max(holder_name) as holder_name,
        period_start_date,
        period_end_date,
        source_forecast_category,
        held_categories,
        transaction_currency,
        max(crm_rate) as crm_rate,
        sum(amount_own_transaction) as amount_forecast,
        {{ newest_load_id() }} as load_id
    from items
    group by
        source_instance, forecast_type_name, holder_type, source_holder_id, period_start_date, period_end_date,
        source_forecast_category, held_categories, transaction_currency
),

deals_of_forecasts as (
    {%- for holder_type in ['territory', 'person'] %}
    select
        forecasts.*,
        currencies.minor_units,
        opportunities.transaction_currency <> forecasts.transaction_currency as is_converted,
        case
            when opportunities.transaction_currency = forecasts.transaction_currency
                then opportunities.amount_transaction
            else {{ converted_amount(
                'opportunities.amount_transaction',
                quotient_of_rates('forecasts.crm_rate', 'opportunities.crm_rate'),
                'currencies.minor_units'
            ) }}
        end as amount_deal
    from forecasts
    left join currencies on forecasts.transaction_currency = currencies.currency_code
    left join opportunities
        on
            forecasts.source_instance = opportunities.source_instance
            and forecasts.source_holder_id = opportunities.{{ holder_type }}
            and opportunities.close_date between forecasts.period_start_date and forecasts.period_end_date
            and list_contains(string_split(forecasts.held_categories, ' '), opportunities.source_forecast_category)
    where forecasts.holder_type = '{{ holder_type }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

compared as (
    select
        source_instance,
        forecast_type_name,
        source_holder_id,
        holder_name,
        period_start_date,
        source_forecast_category,
        transaction_currency,
        load_id,
        coalesce(amount_forecast, 0) as amount_forecast,
        cast(coalesce(sum(amount_deal), 0) as {{ type_amount() }}) as amount_deals,
        cast(
            count(case when is_converted then 1 end) * power(10, -coalesce(max(minor_units), 0))
            as {{ type_amount() }}
        ) as amount_rounding
    from deals_of_forecasts
    group by
        source_instance, forecast_type_name, source_holder_id, holder_name, period_start_date,
        source_forecast_category, transaction_currency, load_id, amount_forecast
),

final as (
    select
        'forecast_of_deals' as contradiction,
        source_instance,
        {{ natural_key([
            'forecast_type_name', 'source_holder_id', 'period_start_date', 'source_forecast_category'
        ]) }} as document,
        concat_ws(
            ' ', 'forecast', source_forecast_category, 'of', coalesce(holder_name, source_holder_id), 'from',
            cast(period_start_date as varchar)
        ) as title,
        cast(null as varchar) as entity_code,
        period_start_date as document_date,
        amount_forecast - amount_deals as amount_difference,
        transaction_currency as currency_code,
        concat_ws(
            ' ', 'says', {{ amount_text('amount_forecast') }}, transaction_currency, 'and its opportunities',
            {{ amount_text('amount_deals') }}
        ) as what,
        load_id
    from compared
    where abs(amount_forecast - amount_deals) > amount_rounding
)

select * from final
