-- Grain: one row per price, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_stripe', 'prices'), ['id']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

unpacked as (
    select
        source.*,
        {{ json_text('recurring', 'interval') }} as recurring_interval,
        {{ whole_number(json_text('recurring', 'interval_count')) }} as recurring_interval_count,
        {{ json_text('recurring', 'usage_type') }} as usage_type,
        {{ json_text('recurring', 'meter') }} as source_meter_id,
        {{ row_as_json('source') }} as payload
    from source
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_price_id,
        {{ text('product') }} as source_product_id,
        currencies.currency_code as transaction_currency,
        -- The decimal form carries fractions of a minor unit; tiered prices have neither form.
        {{ minor_units_to_amount(
            "coalesce(nullif(unit_amount_decimal, ''), unit_amount)", 'currencies.stripe_minor_units', type_unit_price()
        ) }} as unit_price_transaction,
        case
            when recurring_interval is null then 'one_off'
            when usage_type = 'metered' then 'usage'
            else 'recurring'
        end as charge_type,
        case
            when usage_type = 'licensed'
                then cast(
                    recurring_interval_count * {{ months_of_interval('recurring_interval') }} as {{ type_rate() }}
                )
        end as interval_months,
        source_meter_id,
        {{ rejection_reason([
            required('id'),
            required('product'),
            rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(currency, '')"),
            castable('unit_amount', whole_number('unit_amount')),
            castable('unit_amount_decimal', unit_price('unit_amount_decimal')),
            castable('recurring', json_document('recurring')),
            rejected_when('recurring_interval is not null and ' ~ months_of_interval('recurring_interval') ~ ' is null',
                "'recurring.interval is unknown: ' || recurring_interval"),
            rejected_when('recurring_interval is not null and recurring_interval_count is null',
                "'recurring.interval_count is missing'"),
            rejected_when("lower(livemode) = 'false'", "'test mode, not live'"),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from unpacked
    left join currencies on upper(unpacked.currency) = currencies.currency_code
)

select * from final
