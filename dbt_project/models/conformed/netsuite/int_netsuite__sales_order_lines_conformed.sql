-- Grain: one row per line of a sales order, without its main line. NetSuite writes what leaves the company below zero,
-- so quantity and amount turn their sign.
with

lines as (
    select * from {{ ref('int_netsuite__transaction_lines') }}
    where transaction_type = 'SalesOrd' and not is_main_line and not is_tax_line
),

orders as (
    select * from {{ ref('int_netsuite__transactions') }}
),

final as (
    select
        lines.transaction_id as source_order_id,
        lines.line_number,
        lines.source_entity_id,
        orders.counterparty_id as source_customer_id,
        lines.source_product_id,
        orders.transaction_date as order_date,
        lines.expected_ship_date as requested_delivery_date,
        cast(-lines.quantity as {{ type_quantity() }}) as quantity,
        cast(-lines.amount_transaction as {{ type_amount() }}) as amount_net_transaction,
        lines.transaction_currency,
        case
            when lines.is_closed then 'rejected'
            when lines.quantity_shipped >= -lines.quantity then 'completed'
            when lines.quantity_shipped > 0 then 'partially_delivered'
            else 'open'
        end as order_status,
        orders.other_reference as customer_reference,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    inner join orders
        on
            lines.source_instance = orders.source_instance
            and lines.transaction_id = orders.transaction_id
)

select * from final
