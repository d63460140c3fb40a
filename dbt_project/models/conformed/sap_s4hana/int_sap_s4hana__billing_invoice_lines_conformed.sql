-- Grain: one row per item of a billing document: goods and services invoiced once. Signs as on the document.
with

items as (
    select * from {{ ref('stg_sap_s4hana__billing_document_items') }}
),

billing_documents as (
    select * from {{ ref('stg_sap_s4hana__billing_documents') }}
),

final as (
    select
        items.source_invoice_id,
        items.line_number as source_invoice_line_id,
        items.source_product_id,
        cast(null as varchar) as source_price_id,
        'one_off' as charge_type,
        cast(null as date) as service_start_date,
        cast(null as date) as service_end_date,
        items.quantity,
        cast(
            {{ signed_billing_amount('items.amount_net_transaction', 'billing_documents.document_category') }}
            as {{ type_amount() }}
        ) as amount_net_transaction,
        items.transaction_currency,
        cast(null as decimal(18, 12)) as interval_months,
        -- SAP's net amount is after all discounts; the item does not state them apart.
        cast(0 as {{ type_amount() }}) as amount_discount_transaction,
        cast(null as varchar) as source_subscription_id,
        cast(null as varchar) as source_subscription_item_id,
        items.source_instance,
        items.load_id,
        items.recorded_at
    from items
    left join billing_documents
        on
            items.source_instance = billing_documents.source_instance
            and items.source_invoice_id = billing_documents.source_invoice_id
)

select * from final
