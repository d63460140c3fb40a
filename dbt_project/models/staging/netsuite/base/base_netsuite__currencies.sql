-- Grain: one row per currency.
with

source as (
    {{ current_rows(source('landed_netsuite', 'currencies'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as currency_id,
        {{ normalise_code('symbol') }} as currency_code,
        {{ whole_number('currencyprecision', 'integer') }} as minor_units,
        {{ rejection_reason([
            required('id'),
            required('symbol'),
            castable('currencyprecision', whole_number('currencyprecision', 'integer')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
