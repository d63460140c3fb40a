-- Grain: one row per business partner, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'business_partners'), ['BusinessPartner']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['BusinessPartner']) }} as source_key,
        {{ normalise_code('BusinessPartner') }} as business_partner_code,
        {{ normalise_code('Customer') }} as source_customer_id,
        {{ normalise_code('Supplier') }} as source_supplier_id,
        {{ normalise_code('BusinessPartnerCategory') }} as business_partner_category,
        {{ text('BusinessPartnerFullName') }} as business_partner_name,
        {{ normalise_code('BusinessPartnerGrouping') }} as business_partner_grouping,
        {{ sap_date('CreationDate') }} as created_date,
        {{ sap_date('LastChangeDate') }} as modified_date,
        {{ rejection_reason([
            required('BusinessPartner'),
            castable('CreationDate', sap_date('CreationDate')),
            castable('LastChangeDate', sap_date('LastChangeDate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
