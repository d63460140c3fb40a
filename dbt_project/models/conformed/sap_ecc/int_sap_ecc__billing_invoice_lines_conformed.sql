-- Grain: one row per item of a billing document: goods and services invoiced once. Signs as on the document.
with

items as (
    select * from {{ ref('stg_sap_ecc__billing_document_items') }}
),

billing_documents as (
    select * from {{ ref('int_sap_ecc__billing_documents') }}
),

stated as (
    select
        items.*,
        billing_documents.document_category,
        billing_documents.transaction_currency,
        {{ sap_ecc_amount('items.stored_amount_net', 'billing_documents.currency_decimals') }} as amount_net_transaction
    from items
    inner join billing_documents
        on
            items.source_instance = billing_documents.source_instance
            and items.source_invoice_id = billing_documents.source_invoice_id
),

final as (
    select
        source_invoice_id,
        line_number as source_invoice_line_id,
        source_product_id,
        cast(null as varchar) as source_price_id,
        'one_off' as charge_type,
        cast(null as date) as service_start_date,
        cast(null as date) as service_end_date,
        quantity,
        cast({{ signed_billing_amount('amount_net_transaction', 'document_category') }} as {{ type_amount() }})
            as amount_net_transaction,
        transaction_currency,
        cast(null as decimal(18, 12)) as interval_months,
        -- SAP's net amount is after all discounts; the item does not state them apart.
        cast(0 as {{ type_amount() }}) as amount_discount_transaction,
        cast(null as varchar) as source_subscription_id,
        cast(null as varchar) as source_subscription_item_id,
        source_instance,
        load_id,
        recorded_at
    from stated
)

select * from final
