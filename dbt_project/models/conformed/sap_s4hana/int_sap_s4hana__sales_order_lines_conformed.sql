-- Grain: one row per item of a sales order. An item whose header has not arrived yet is kept, without header facts.
with

items as (
    select * from {{ ref('stg_sap_s4hana__sales_order_items') }}
),

orders as (
    select * from {{ ref('stg_sap_s4hana__sales_orders') }}
),

final as (
    select
        items.source_order_id,
        items.line_number,
        orders.source_entity_id,
        orders.source_customer_id,
        items.source_product_id,
        orders.order_date,
        orders.requested_delivery_date,
        items.quantity,
        items.amount_net_transaction,
        items.transaction_currency,
        -- SAP: A not yet, B partly, C completely. An item may be processed (C) because it was rejected.
        case
            when items.rejection_reason_code is not null then 'rejected'
            when items.process_status = 'C' then 'completed'
            when items.delivery_status in ('B', 'C') then 'partially_delivered'
            else 'open'
        end as order_status,
        orders.customer_reference,
        items.source_instance,
        items.load_id,
        items.recorded_at
    from items
    left join orders
        on
            items.source_instance = orders.source_instance
            and items.source_order_id = orders.source_order_id
)

select * from final
