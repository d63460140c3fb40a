-- Grain: one row per line of a purchase order. A line whose header has not arrived yet is kept, without header facts. What
-- is closed or cancelled waits for nothing any more; a line by amount has no quantity.
with

lines as (
    select * from {{ ref('stg_coupa__purchase_order_lines') }}
),

orders as (
    select * from {{ ref('stg_coupa__purchase_orders') }}
),

final as (
    select
        lines.source_order_id,
        lines.line_number,
        lines.source_entity_id,
        orders.source_supplier_id,
        lines.source_product_id,
        orders.order_date,
        lines.quantity,
        cast(null as {{ type_quantity() }}) as quantity_scheduled,
        lines.quantity_unit,
        lines.amount_net_transaction,
        lines.transaction_currency,
        coalesce(
            orders.order_status in ('cancelled', 'closed')
            or lines.line_status in ('cancelled', 'closed', 'received', 'soft_closed_for_receiving'), false
        ) as is_completely_delivered,
        coalesce(
            orders.order_status in ('cancelled', 'closed')
            or lines.line_status in ('cancelled', 'closed', 'soft_closed_for_invoicing'), false
        ) as is_finally_invoiced,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    left join orders
        on
            lines.source_instance = orders.source_instance
            and lines.order_record_id = orders.order_record_id
)

select * from final
