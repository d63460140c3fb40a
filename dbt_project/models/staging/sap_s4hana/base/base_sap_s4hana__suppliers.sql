-- Grain: one row per supplier, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'suppliers'), ['Supplier']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Supplier']) }} as source_key,
        {{ normalise_code('Supplier') }} as source_supplier_id,
        {{ text('SupplierName') }} as supplier_name,
        {{ normalise_code('SupplierAccountGroup') }} as account_group,
        {{ tax_id('VATRegistration') }} as vat_registration,
        {{ sap_date('CreationDate') }} as created_date,
        coalesce({{ boolean('DeletionIndicator') }}, false) as is_deleted,
        {{ rejection_reason([
            required('Supplier'),
            castable('CreationDate', sap_date('CreationDate')),
            castable('DeletionIndicator', boolean('DeletionIndicator')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
