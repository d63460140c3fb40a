-- Grain: one row per cost centre, language and validity slice, current version.
-- A name is valid until last_valid_date, from the day after the slice before it.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'cost_centre_texts'), ['SPRAS', 'KOKRS', 'KOSTL', 'DATBI']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['SPRAS', 'KOKRS', 'KOSTL', 'DATBI']) }} as source_key,
        {{ sap_ecc_language('SPRAS') }} as language_code,
        {{ normalise_code('KOKRS') }} as controlling_area_code,
        {{ normalise_code('KOSTL') }} as source_cost_centre_id,
        {{ sap_ecc_date('DATBI') }} as last_valid_date,
        {{ text('KTEXT') }} as cost_centre_name,
        {{ text('LTEXT') }} as cost_centre_description,
        {{ rejection_reason([
            required('SPRAS'),
            required('KOKRS'),
            required('KOSTL'),
            required('DATBI', sap_ecc_date('DATBI')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
