-- Grain: one row per sales order, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'sales_orders'), ['SalesOrder']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['SalesOrder']) }} as source_key,
        {{ normalise_code('SalesOrder') }} as source_order_id,
        {{ normalise_code('SalesOrderType') }} as order_type,
        {{ text('SalesOrganization') }} as source_entity_id,
        {{ normalise_code('SoldToParty') }} as source_customer_id,
        {{ sap_date('CreationDate') }} as created_date,
        {{ sap_timestamp('LastChangeDateTime') }} as modified_at,
        {{ normalise_code('PurchaseOrderByCustomer') }} as customer_reference,
        {{ sap_date('SalesOrderDate') }} as order_date,
        {{ amount('TotalNetAmount') }} as amount_net_transaction,
        {{ normalise_code('TransactionCurrency') }} as transaction_currency,
        {{ sap_date('RequestedDeliveryDate') }} as requested_delivery_date,
        {{ normalise_code('OverallSDProcessStatus') }} as process_status,
        {{ normalise_code('OverallTotalDeliveryStatus') }} as delivery_status,
        {{ rejection_reason([
            required('SalesOrder'),
            required('SalesOrganization'),
            required('SoldToParty'),
            required('SalesOrderDate', sap_date('SalesOrderDate')),
            castable('CreationDate', sap_date('CreationDate')),
            castable('LastChangeDateTime', sap_timestamp('LastChangeDateTime')),
            castable('RequestedDeliveryDate', sap_date('RequestedDeliveryDate')),
            castable('TotalNetAmount', amount('TotalNetAmount')),
            required('TransactionCurrency'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
