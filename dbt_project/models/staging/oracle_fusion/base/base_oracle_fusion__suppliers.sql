-- Grain: one row per supplier.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'suppliers'), ['SupplierId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['SupplierId']) }} as source_key,
        {{ text('SupplierId') }} as supplier_id,
        {{ text('Supplier') }} as supplier_name,
        {{ normalise_code('SupplierNumber') }} as supplier_number,
        {{ normalise_code('TaxRegistrationCountryCode') }} as country_code,
        {{ tax_id('TaxRegistrationNumber') }} as tax_id,
        {{ text('Status') }} as status_code,
        {{ rejection_reason([
            required('SupplierId'),
            required('Supplier'),
            required('SupplierNumber'),
            required('Status'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
