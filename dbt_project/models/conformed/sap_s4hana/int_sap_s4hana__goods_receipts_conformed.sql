-- Grain: one row per item of a material document that receives goods of a purchase order, or takes such a receipt back.
-- The traps: the date stands in the header and the entity in the order; stock that is blocked on receipt (103) is not
-- ours until it is released (105); and components given to a subcontractor name the order as well. SAP values a movement
-- in local currency only, so the amount is left to the order's price.
with

items as (
    select * from {{ ref('stg_sap_s4hana__material_document_items') }}
    where
        source_order_id is not null
        and goods_movement_type in ('101', '102', '105', '106', '107', '108', '122', '123', '161', '162')
),

documents as (
    select * from {{ ref('stg_sap_s4hana__material_documents') }}
),

orders as (
    select * from {{ ref('stg_sap_s4hana__purchase_orders') }}
),

final as (
    select
        {{ natural_key(['items.document_number', 'items.document_year']) }} as source_receipt_id,
        items.line_number,
        orders.source_entity_id,
        items.source_order_id,
        items.order_line_number,
        documents.posting_date as receipt_date,
        items.quantity,
        items.quantity_unit,
        cast(null as {{ type_amount() }}) as amount_net_transaction,
        orders.transaction_currency,
        items.source_instance,
        items.load_id,
        items.recorded_at
    from items
    left join documents
        on
            items.source_instance = documents.source_instance
            and items.document_year = documents.document_year
            and items.document_number = documents.document_number
    left join orders
        on
            items.source_instance = orders.source_instance
            and items.source_order_id = orders.source_order_id
)

select * from final
