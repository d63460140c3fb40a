-- Grain: one row per rate type, pair of currencies and first day, as last landed.
with

source as (
    {{ current_rows(
        source('landed_d365_finance', 'exchange_rates'),
        ['RateTypeName', 'FromCurrency', 'ToCurrency', 'StartDate']
    ) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['RateTypeName', 'FromCurrency', 'ToCurrency', 'StartDate']) }} as source_key,
        {{ text('RateTypeName') }} as rate_type_name,
        {{ normalise_code('FromCurrency') }} as from_currency,
        {{ normalise_code('ToCurrency') }} as to_currency,
        {{ d365_date('StartDate') }} as valid_from,
        {{ d365_date('EndDate') }} as valid_to,
        {{ d365_rate('Rate', 'ConversionFactor') }} as rate,
        {{ rejection_reason([
            required('RateTypeName'),
            required('FromCurrency'),
            required('ToCurrency'),
            required('StartDate', d365_date('StartDate')),
            castable('EndDate', iso_timestamp('EndDate')),
            required('Rate', rate('Rate')),
            required('ConversionFactor', d365_conversion_factor('ConversionFactor')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
