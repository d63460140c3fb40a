-- Grain: one row per charge of a subscription as it is now: the segment of today in the current version; usage has a
-- price per unit and no quantity.
with

charges as (
    select * from {{ ref('int_zuora__charges') }}
    where
        is_current_version
        and not is_discount
        and effective_start_date <= {{ as_of_date() }}
        and coalesce(effective_end_date, {{ open_end() }}) > {{ as_of_date() }}
),

final as (
    select
        source_subscription_id,
        source_subscription_item_id,
        source_price_id,
        source_product_id,
        charge_type,
        case when charge_type <> 'usage' then quantity end as quantity,
        unit_price_transaction,
        transaction_currency,
        case when charge_type = 'recurring' then interval_months end as interval_months,
        source_instance,
        load_id,
        recorded_at
    from charges
)

select * from final
