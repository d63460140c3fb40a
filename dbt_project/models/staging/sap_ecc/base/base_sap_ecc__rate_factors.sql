-- Grain: one row per type, pair and first day of the factors, current version.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'rate_factors'), ['KURST', 'FCURR', 'TCURR', 'GDATU']) }}
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
        {{ rate('FFACT') }} as from_factor,
        {{ rate('TFACT') }} as to_factor,
        {{ rejection_reason([
            required('KURST'),
            required('FCURR'),
            required('TCURR'),
            required('GDATU', sap_ecc_inverted_date('GDATU')),
            required('FFACT', rate('FFACT')),
            required('TFACT', rate('TFACT')),
            rejected_when(
                rate('FFACT') ~ ' <= 0 or ' ~ rate('TFACT') ~ ' <= 0', "'a factor is not above 0'"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
