-- Grain: one row per pair of currencies, day and type of rate.
-- One unit of from_currency costs exchange_rate units of to_currency.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'daily_rates'), [
        'DailyRateFromCurrency',
        'DailyRateToCurrency',
        'DailyRateConversionDate',
        'DailyRateConversionType'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key([
            'DailyRateFromCurrency',
            'DailyRateToCurrency',
            'DailyRateConversionDate',
            'DailyRateConversionType'
        ]) }} as source_key,
        {{ normalise_code('DailyRateFromCurrency') }} as from_currency,
        {{ normalise_code('DailyRateToCurrency') }} as to_currency,
        {{ fusion_date('DailyRateConversionDate') }} as rate_date,
        {{ text('DailyRateConversionType') }} as rate_type,
        {{ rate('DailyRateConversionRate') }} as exchange_rate,
        {{ rejection_reason([
            required('DailyRateFromCurrency'),
            required('DailyRateToCurrency'),
            required('DailyRateConversionDate', fusion_date('DailyRateConversionDate')),
            required('DailyRateConversionType'),
            required('DailyRateConversionRate', rate('DailyRateConversionRate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
