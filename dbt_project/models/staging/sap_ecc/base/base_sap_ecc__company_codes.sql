-- Grain: one row per company code, current version.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'company_codes'), ['BUKRS']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['BUKRS']) }} as source_key,
        {{ text('BUKRS') }} as source_entity_id,
        {{ text('BUTXT') }} as entity_name,
        {{ normalise_code('LAND1') }} as country_code,
        {{ normalise_code('WAERS') }} as local_currency,
        {{ normalise_code('KTOPL') }} as chart_code,
        {{ normalise_code('PERIV') }} as fiscal_variant,
        {{ normalise_code('RCOMP') }} as company_code,
        {{ rejection_reason([
            required('BUKRS'),
            required('LAND1'),
            required('WAERS'),
            required('KTOPL'),
            required('PERIV'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
