-- Grain: one row per receiving transaction, voided ones with quantity and amount 0. It knows the order line it is for; the
-- order's number and the entity are that line's.
with

receipts as (
    select * from {{ ref('stg_coupa__receipts') }}
),

order_lines as (
    select * from {{ ref('stg_coupa__purchase_order_lines') }}
),

final as (
    select
        receipts.source_receipt_id,
        cast('1' as varchar) as line_number,
        order_lines.source_entity_id,
        order_lines.source_order_id,
        order_lines.line_number as order_line_number,
        receipts.receipt_date,
        receipts.quantity,
        receipts.quantity_unit,
        receipts.amount_net_transaction,
        coalesce(receipts.transaction_currency, order_lines.transaction_currency) as transaction_currency,
        receipts.source_instance,
        receipts.load_id,
        receipts.recorded_at
    from receipts
    left join order_lines
        on
            receipts.source_instance = order_lines.source_instance
            and receipts.source_order_line_id = order_lines.source_order_line_id
)

select * from final
