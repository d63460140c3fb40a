-- Grain: one row per CRM instance, forecast type in use, territory or person, month and category: what the CRM forecasts
-- beside the pipeline as the company governs it, both in group currency at the closing rate of the as-of date's month.
-- The CRM's side is what each holds alone, of single categories, so that no deal counts twice. Differences have three
-- reasons: a stage that the company puts into another category or none ('unmapped'), a deal without a territory
-- ('unassigned'), and the CRM's own rates. Months are those that the CRM shows; periods longer than a month stand at
-- their first one. amount_called_group holds everything below and the adjustments of those who call it: never add it up.
with

items as (
    select * from {{ ref('fct_crm_forecast_items') }}
    where is_forecast_type_active and not is_cumulative and period_start_date is not null
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
    where not is_deleted and forecast_category is distinct from 'omitted' and not (is_closed and not is_won)
),

territories as (
    select * from {{ ref('dim_territories') }}
),

closing_rates as (
    select * from {{ ref('fx_rates') }} as fx_rates
    where
        rate_type = 'closing'
        and to_currency = '{{ var("group_currency") }}'
        and {{ is_valid_on(as_of_date(), 'fx_rates') }}
),

group_currency as (
    select * from {{ ref('dim_currencies') }}
    where currency_code = '{{ var("group_currency") }}'
),

forecast_types as (
    select distinct
        source_instance,
        forecast_type_name,
        holder_type
    from items
),

shown_periods as (
    select distinct
        source_instance,
        forecast_type_name,
        period_start_date,
        period_end_date
    from items
),

crm_side as (
    select
        items.source_instance,
        items.forecast_type_name,
        items.holder_type,
        coalesce(items.source_holder_id, 'unassigned') as source_holder_id,
        items.holder_name,
        items.period_start_date,
        items.period_end_date,
        items.forecast_category,
        0 as opportunity_count,
        {{ converted_amount('items.amount_own_transaction', 'closing_rates.rate', 'group_currency.minor_units') }}
            as amount_crm_group,
        {{ converted_amount('items.amount_called_transaction', 'closing_rates.rate', 'group_currency.minor_units') }}
            as amount_called_group,
        cast(0 as {{ type_amount() }}) as amount_governed_group,
        closing_rates.rate is null as is_rate_missing
    from items
    cross join group_currency
    left join closing_rates on items.transaction_currency = closing_rates.from_currency
),

governed_side as (
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
        shown_periods.period_start_date,
        shown_periods.period_end_date,
        coalesce(opportunities.forecast_category, 'unmapped') as forecast_category,
        1 as opportunity_count,
        cast(0 as {{ type_amount() }}) as amount_crm_group,
        cast(0 as {{ type_amount() }}) as amount_called_group,
        case when opportunities.amount_transaction is null then 0 else opportunities.amount_group end
            as amount_governed_group,
        opportunities.is_rate_missing
    from opportunities
    inner join forecast_types on opportunities.source_instance = forecast_types.source_instance
    inner join shown_periods
        on
            forecast_types.source_instance = shown_periods.source_instance
            and forecast_types.forecast_type_name = shown_periods.forecast_type_name
            and opportunities.close_date >= shown_periods.period_start_date
            and opportunities.close_date <= shown_periods.period_end_date
    left join territories
        on
            forecast_types.holder_type = 'territory'
            and opportunities.territory_id = territories.territory_id
            and territories.is_in_force
),

both_sides as (
    select * from crm_side
    union all
    select * from governed_side
),

final as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        coalesce(max(holder_name), case when source_holder_id = 'unassigned' then 'Unassigned' end, source_holder_id)
            as holder_name,
        period_start_date,
        period_end_date,
        forecast_category,
        sum(opportunity_count) as opportunity_count,
        max(cast(is_rate_missing as integer)) = 1 as is_rate_missing,
        cast(sum(amount_crm_group) as {{ type_amount() }}) as amount_crm_group,
        cast(sum(amount_governed_group) as {{ type_amount() }}) as amount_governed_group,
        case
            when max(cast(is_rate_missing as integer)) = 0
                then cast(sum(amount_crm_group) - sum(amount_governed_group) as {{ type_amount() }})
        end as amount_difference_group,
        cast(sum(amount_called_group) as {{ type_amount() }}) as amount_called_group,
        '{{ var("group_currency") }}' as group_currency
    from both_sides
    group by
        source_instance,
        forecast_type_name,
        holder_type,
        source_holder_id,
        period_start_date,
        period_end_date,
        forecast_category
    having
        sum(opportunity_count) > 0
        or sum(amount_crm_group) <> 0
        or sum(amount_called_group) <> 0
        or max(cast(is_rate_missing as integer)) = 1
)

select * from final
