-- Grain: one row per line of a goods receipt. What was taken back or returned is below 0. The value is what the source
-- says, or else the quantity at the price of the order line, in its currency. The traps: a receipt in another unit than
-- the order's has no value by it, and says so; one whose order could not be read has no currency, and waits for it.
with

receipts as (
    select * from {{ ref('all_goods_receipts') }}
),

order_lines as (
    select * from {{ ref('all_purchase_order_lines') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

suppliers as (
    select * from {{ ref('dim_suppliers') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

of_orders as (
    select
        receipts.*,
        coalesce(receipts.transaction_currency, order_lines.transaction_currency) as currency_received,
        order_lines.source_supplier_id,
        order_lines.source_product_id,
        coalesce(receipts.quantity_unit <> order_lines.quantity_unit, false) as is_other_unit,
        case
            when receipts.amount_net_transaction is not null then receipts.amount_net_transaction
            when coalesce(receipts.quantity_unit, '') <> coalesce(order_lines.quantity_unit, '') then null
            when order_lines.quantity = 0 then null
            else {{ value_of_quantity(
                'order_lines.amount_net_transaction', 'receipts.quantity', 'order_lines.quantity',
                'currencies.minor_units'
            ) }}
        end as amount_received
    from receipts
    left join order_lines
        on
            receipts.source_instance = order_lines.source_instance
            and receipts.source_order_id = order_lines.source_order_id
            and receipts.order_line_number = order_lines.line_number
    left join currencies on order_lines.transaction_currency = currencies.currency_code
),

final as (
    select
        {{ surrogate_key(['of_orders.source_instance', 'of_orders.source_receipt_id', 'of_orders.line_number']) }}
            as goods_receipt_line_id,
        of_orders.source_receipt_id,
        of_orders.line_number,
        of_orders.source_order_id,
        of_orders.order_line_number,
        {{ entity_columns('of_orders.source_entity_id') }},
        {{ member_id('of_orders.source_supplier_id', 'suppliers.supplier_id') }} as supplier_id,
        of_orders.source_supplier_id,
        {{ is_member_known('of_orders.source_supplier_id', 'suppliers.supplier_id') }} as is_supplier_known,
        of_orders.source_product_id,
        of_orders.receipt_date,
        of_orders.quantity,
        of_orders.quantity_unit,
        of_orders.is_other_unit,
        cast(of_orders.amount_received as {{ type_amount() }}) as amount_net_transaction,
        of_orders.currency_received as transaction_currency,
        of_orders.source_instance,
        of_orders.source_entity_id,
        of_orders.load_id,
        of_orders.recorded_at
    from of_orders
    left join entity_crosswalk
        on
            of_orders.source_instance = entity_crosswalk.source_instance
            and of_orders.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('of_orders.receipt_date', 'entity_crosswalk') }}
    left join suppliers
        on
            of_orders.source_instance = suppliers.source_instance
            and of_orders.source_supplier_id = suppliers.source_supplier_id
)

select * from final
