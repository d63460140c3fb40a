-- Grain: one row per material and language, current version.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'material_texts'), ['MATNR', 'SPRAS']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['MATNR', 'SPRAS']) }} as source_key,
        {{ normalise_code('MATNR') }} as source_product_id,
        {{ sap_ecc_language('SPRAS') }} as language_code,
        {{ text('MAKTX') }} as product_name,
        {{ rejection_reason([
            required('MATNR'),
            required('SPRAS'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
