-- Grain: one row per item price, with the reason to reject it if there is one. Tiered prices have no unit price.
with

landed as (
    {{ newest_versions(source('landed_chargebee', 'item_prices')) }}
),

source as (
    {{ current_rows('landed', ['id']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_price_id,
        {{ text('name') }} as price_name,
        {{ text('item_id') }} as source_product_id,
        currencies.currency_code as transaction_currency,
        case
            when pricing_model in ('flat_fee', 'per_unit')
                then {{ chargebee_unit_price('price_in_decimal', 'price') }}
        end as unit_price_transaction,
        {{ whole_number('period') }} as period,
        {{ text('period_unit') }} as period_unit,
        cast({{ whole_number('period') }} * {{ months_of_interval('period_unit') }} as {{ type_rate() }})
            as interval_months,
        {{ rejection_reason([
            required('id'),
            required('item_id'),
            rejected_when('currencies.currency_code is null', "'currency_code is unknown: ' || coalesce(source.currency_code, '')"),
            castable('price', whole_number('price')),
            castable('price_in_decimal', unit_price('price_in_decimal')),
            castable('period', whole_number('period')),
            castable('period_unit', months_of_interval('period_unit')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join currencies on upper(source.currency_code) = currencies.currency_code
)

select * from final
