-- Grain: one row per cost centre and validity slice, current version.
-- last_valid_date is inclusive.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'cost_centres'), ['KOKRS', 'KOSTL', 'DATBI']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['KOKRS', 'KOSTL', 'DATBI']) }} as source_key,
        {{ normalise_code('KOKRS') }} as controlling_area_code,
        {{ normalise_code('KOSTL') }} as source_cost_centre_id,
        {{ sap_ecc_date('DATAB') }} as valid_from,
        {{ sap_ecc_date('DATBI') }} as last_valid_date,
        {{ text('BUKRS') }} as source_entity_id,
        {{ normalise_code('PRCTR') }} as profit_centre_code,
        {{ rejection_reason([
            required('KOKRS'),
            required('KOSTL'),
            required('DATAB', sap_ecc_date('DATAB')),
            required('DATBI', sap_ecc_date('DATBI')),
            required('BUKRS'),
            rejected_when(
                sap_ecc_date('DATAB') ~ ' > ' ~ sap_ecc_date('DATBI'), "'validity ends before it starts'"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
