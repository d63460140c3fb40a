-- Grain: one row per currency, base currency and day: what one unit of the currency costs.
with

source as (
    {{ current_rows(source('landed_netsuite', 'currency_rates'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as currency_rate_id,
        {{ text('basecurrency') }} as base_currency_id,
        {{ text('transactioncurrency') }} as currency_id,
        {{ iso_date('effectivedate') }} as valid_from,
        {{ rate('exchangerate') }} as exchange_rate,
        {{ rejection_reason([
            required('id'),
            required('basecurrency'),
            required('transactioncurrency'),
            required('effectivedate', iso_date('effectivedate')),
            required('exchangerate', rate('exchangerate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
