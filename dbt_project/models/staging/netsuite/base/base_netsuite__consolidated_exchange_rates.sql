-- Grain: one row per period, book and pair of subsidiaries.
with

source as (
    {{ current_rows(source('landed_netsuite', 'consolidated_exchange_rates'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as consolidated_rate_id,
        {{ text('postingperiod') }} as accounting_period_id,
        {{ text('accountingbook') }} as accounting_book_id,
        {{ text('fromsubsidiary') }} as from_source_entity_id,
        {{ text('tosubsidiary') }} as to_source_entity_id,
        {{ text('fromcurrency') }} as from_currency_id,
        {{ text('tocurrency') }} as to_currency_id,
        {{ rate('currentrate') }} as current_rate,
        {{ rate('averagerate') }} as average_rate,
        {{ rate('historicalrate') }} as historical_rate,
        {{ rejection_reason([
            required('id'),
            required('postingperiod'),
            required('fromsubsidiary'),
            required('tosubsidiary'),
            required('fromcurrency'),
            required('tocurrency'),
            required('currentrate', rate('currentrate')),
            required('averagerate', rate('averagerate')),
            required('historicalrate', rate('historicalrate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
