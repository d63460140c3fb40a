-- Grain: one row per customer, current version.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'customers'), ['KUNNR']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['KUNNR']) }} as source_key,
        {{ normalise_code('KUNNR') }} as source_customer_id,
        {{ text('NAME1') }} as customer_name,
        {{ normalise_code('LAND1') }} as country_code,
        {{ normalise_code('KTOKD') }} as customer_account_group,
        {{ normalise_code('KONZS') }} as parent_source_customer_id,
        {{ tax_id('STCEG') }} as tax_id,
        {{ sap_ecc_flag('LOEVM') }} as is_deleted,
        {{ rejection_reason([
            required('KUNNR'),
            sap_ecc_flag_or_none('LOEVM'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
