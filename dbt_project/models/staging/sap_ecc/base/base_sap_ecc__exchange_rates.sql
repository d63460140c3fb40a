-- Grain: one row per type, pair and first day of an exchange rate, current version.
-- quotation: units of to_currency for from_currency if > 0, the other way round if < 0, both times its factors
-- (TCURF).
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'exchange_rates'), ['KURST', 'FCURR', 'TCURR', 'GDATU']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['KURST', 'FCURR', 'TCURR', 'GDATU']) }} as source_key,
        {{ normalise_code('KURST') }} as rate_type_code,
        {{ normalise_code('FCURR') }} as from_currency,
        {{ normalise_code('TCURR') }} as to_currency,
        {{ sap_ecc_inverted_date('GDATU') }} as valid_from,
        {{ rate('UKURS') }} as quotation,
        {{ rejection_reason([
            required('KURST'),
            required('FCURR'),
            required('TCURR'),
            required('GDATU', sap_ecc_inverted_date('GDATU')),
            required('UKURS', rate('UKURS')),
            rejected_when(rate('UKURS') ~ ' = 0', "'UKURS is 0'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
