-- Grain: one row per business partner and kind of tax number, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'business_partner_tax_numbers'), [
        'BusinessPartner', 'BPTaxType'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['BusinessPartner', 'BPTaxType']) }} as source_key,
        {{ normalise_code('BusinessPartner') }} as business_partner_code,
        {{ normalise_code('BPTaxType') }} as tax_type,
        {{ tax_id('BPTaxNumber') }} as tax_id,
        {{ rejection_reason([
            required('BusinessPartner'),
            required('BPTaxType'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
