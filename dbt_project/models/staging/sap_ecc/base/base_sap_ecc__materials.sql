-- Grain: one row per material, current version.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'materials'), ['MATNR']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['MATNR']) }} as source_key,
        {{ normalise_code('MATNR') }} as source_product_id,
        {{ normalise_code('MTART') }} as product_type,
        {{ normalise_code('MATKL') }} as product_group,
        {{ rejection_reason([
            required('MATNR'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
