-- Grain: one row per charge of a subscription and stretch of time [valid_from, valid_to) in which neither its quantity or
-- price nor a discount on it changes. amount_mrr_transaction is what the charge is worth a month after recurring
-- discounts: the charge of a period, its discount rounded as an invoice rounds it, over the months of the period.
-- Discounts that hold at the same time add up; one of a fixed amount leaves no MRR that could be told.
with

charges as (
    select * from {{ ref('int_zuora__charges') }}
    -- A segment that another one replaced on its first day never held.
    where is_current_version and effective_start_date < coalesce(effective_end_date, {{ open_end() }})
),

items as (
    select
        *,
        coalesce(effective_end_date, {{ open_end() }}) as segment_end_date
    from charges
    where not is_discount
),

discounts as (
    select
        *,
        coalesce(effective_end_date, {{ open_end() }}) as discount_end_date
    from charges
    where is_discount and is_on_recurring
),

currencies as (
    select * from {{ ref('currencies') }}
),

-- A stretch begins with its segment, and wherever a discount on the subscription begins or ends within it.
beginnings as (
    select
        source_instance,
        source_charge_id,
        effective_start_date as valid_from
    from items
    union
    select
        items.source_instance,
        items.source_charge_id,
        discounts.effective_start_date as valid_from
    from items
    inner join discounts
        on
            items.source_instance = discounts.source_instance
            and items.source_subscription_id = discounts.source_subscription_id
            and items.effective_start_date < discounts.effective_start_date
            and items.segment_end_date > discounts.effective_start_date
    where items.charge_type = 'recurring'
    union
    select
        items.source_instance,
        items.source_charge_id,
        discounts.discount_end_date as valid_from
    from items
    inner join discounts
        on
            items.source_instance = discounts.source_instance
            and items.source_subscription_id = discounts.source_subscription_id
            and items.effective_start_date < discounts.discount_end_date
            and items.segment_end_date > discounts.discount_end_date
    where items.charge_type = 'recurring'
),

stretches as (
    select
        items.*,
        beginnings.valid_from,
        coalesce(
            lead(beginnings.valid_from) over (
                partition by items.source_instance, items.source_charge_id
                order by beginnings.valid_from
            ), items.segment_end_date
        ) as valid_to
    from items
    inner join beginnings
        on
            items.source_instance = beginnings.source_instance
            and items.source_charge_id = beginnings.source_charge_id
),

reduced as (
    select
        stretches.source_instance,
        stretches.source_charge_id,
        stretches.valid_from,
        sum(discounts.discount_percentage) as discount_percentage,
        coalesce(max(discounts.amount_discount_transaction), 0) <> 0
        or count(*) > count(discounts.discount_percentage) as has_other_discount
    from stretches
    inner join discounts
        on
            stretches.source_instance = discounts.source_instance
            and stretches.source_subscription_id = discounts.source_subscription_id
            and stretches.valid_from >= discounts.effective_start_date
            and stretches.valid_from < discounts.discount_end_date
    where stretches.charge_type = 'recurring'
    group by stretches.source_instance, stretches.source_charge_id, stretches.valid_from
),

charged as (
    select
        stretches.*,
        currencies.minor_units,
        coalesce(reduced.discount_percentage, 0) as recurring_discount_percentage,
        coalesce(reduced.has_other_discount, false) as has_other_discount,
        {{ round_half_away('stretches.mrr * stretches.interval_months', 'currencies.minor_units') }} as amount_period
    from stretches
    left join reduced
        on
            stretches.source_instance = reduced.source_instance
            and stretches.source_charge_id = reduced.source_charge_id
            and stretches.valid_from = reduced.valid_from
    left join currencies on stretches.transaction_currency = currencies.currency_code
),

netted as (
    select
        *,
        amount_period - {{ round_half_away('amount_period * recurring_discount_percentage * 0.01', 'minor_units') }}
            as amount_period_net
    from charged
),

final as (
    select
        source_subscription_id,
        source_subscription_item_id,
        valid_from,
        nullif(valid_to, {{ open_end() }}) as valid_to,
        source_price_id,
        source_product_id,
        source_customer_id,
        charge_type,
        amendment_type,
        quantity,
        unit_price_transaction,
        interval_months,
        cast(recurring_discount_percentage as {{ type_rate() }}) as discount_percentage,
        case
            when charge_type = 'recurring' and not has_other_discount
                then {{ amount_per_month('amount_period_net', 'interval_months', 'minor_units') }}
        end as amount_mrr_transaction,
        transaction_currency,
        source_instance,
        load_id,
        recorded_at
    from netted
)

select * from final
