-- Grain: one row per supplier, current version.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'suppliers'), ['LIFNR']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['LIFNR']) }} as source_key,
        {{ normalise_code('LIFNR') }} as source_supplier_id,
        {{ text('NAME1') }} as supplier_name,
        {{ normalise_code('LAND1') }} as country_code,
        {{ normalise_code('KTOKK') }} as supplier_account_group,
        {{ tax_id('STCEG') }} as tax_id,
        {{ sap_ecc_flag('LOEVM') }} as is_deleted,
        {{ rejection_reason([
            required('LIFNR'),
            sap_ecc_flag_or_none('LOEVM'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
