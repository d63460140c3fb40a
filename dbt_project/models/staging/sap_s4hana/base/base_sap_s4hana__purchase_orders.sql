-- Grain: one row per purchase order, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'purchase_orders'), ['PurchaseOrder']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['PurchaseOrder']) }} as source_key,
        {{ normalise_code('PurchaseOrder') }} as source_order_id,
        {{ text('CompanyCode') }} as source_entity_id,
        {{ normalise_code('PurchaseOrderType') }} as order_type,
        {{ sap_date('CreationDate') }} as created_date,
        {{ sap_timestamp('LastChangeDateTime') }} as modified_at,
        {{ normalise_code('Supplier') }} as source_supplier_id,
        {{ sap_date('PurchaseOrderDate') }} as order_date,
        {{ normalise_code('DocumentCurrency') }} as transaction_currency,
        {{ normalise_code('PaymentTerms') }} as payment_terms_code,
        {{ rejection_reason([
            required('PurchaseOrder'),
            required('CompanyCode'),
            required('Supplier'),
            required('PurchaseOrderDate', sap_date('PurchaseOrderDate')),
            castable('CreationDate', sap_date('CreationDate')),
            castable('LastChangeDateTime', sap_timestamp('LastChangeDateTime')),
            required('DocumentCurrency'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
