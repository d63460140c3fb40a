-- Grain: one row per customer, product, meter and usage month, in transaction currency: what the meter recorded, rated
-- at the price of its day and rounded once. A month is invoiced in the one after it, so its invoice is due before that
-- month is over, at most window_days after its own end.
with

usage_records as (select * from {{ ref('fct_usage') }}),

currencies as (select * from {{ ref('dim_currencies') }}),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'usage_to_billing'
),

rated_usage as (
    select
        source_instance,
        entity_code,
        customer_id,
        source_customer_id,
        source_product_id,
        source_meter_id,
        transaction_currency,
        {{ month_of('usage_date') }} as usage_month,
        {{ newest_load_id() }} as load_id,
        count(*) as record_count,
        sum(amount_rated_transaction) as amount
    from usage_records
    group by
        source_instance,
        entity_code,
        customer_id,
        source_customer_id,
        source_product_id,
        source_meter_id,
        transaction_currency,
        {{ month_of('usage_date') }}
),

final as (
    select
        {{ surrogate_key([
            'rated_usage.source_instance', 'rated_usage.entity_code', 'rated_usage.customer_id',
            'rated_usage.source_customer_id', 'rated_usage.source_product_id', 'rated_usage.source_meter_id',
            'rated_usage.transaction_currency', 'rated_usage.usage_month'
        ]) }} as item_key,
        rated_usage.source_instance,
        {{ natural_key([
            'rated_usage.source_customer_id', 'coalesce(rated_usage.source_meter_id, rated_usage.source_product_id)',
            month_code('rated_usage.usage_month')
        ]) }} as source_key,
        rated_usage.entity_code,
        rated_usage.customer_id as counterparty_key,
        last_day(rated_usage.usage_month) as item_date,
        cast(null as date) as period_end_date,
        {{ days_after(
            'least(' ~ 'last_day(' ~ months_after('rated_usage.usage_month', 1) ~ '), '
            ~ days_after('last_day(rated_usage.usage_month)', 'coalesce(tolerances.window_days, 0)') ~ ')', -1
        ) }} as partner_due_date,
        rated_usage.transaction_currency as currency_code,
        {{ round_half_away('rated_usage.amount', 'currencies.minor_units') }} as amount,
        rated_usage.source_customer_id,
        rated_usage.source_product_id,
        rated_usage.usage_month,
        rated_usage.record_count,
        rated_usage.load_id
    from rated_usage
    left join currencies on rated_usage.transaction_currency = currencies.currency_code
    left join tolerances on rated_usage.transaction_currency = tolerances.currency_code
)

select * from final
