-- Grain: one row per purchase order line and currency of which goods were received: all its receipts together, less what was
-- taken back, at the price of the order. Without the order there is no currency to compare in: that row is in the queue.
with

receipts as (
    select * from {{ ref('fct_goods_receipts') }}
    where source_order_id is not null and transaction_currency is not null
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'receipts_to_invoices'
),

received as (
    select
        source_instance,
        source_order_id,
        order_line_number,
        transaction_currency,
        min(entity_code) as entity_code,
        min(supplier_id) as supplier_id,
        max(receipt_date) as receipt_date,
        cast(sum(quantity) as {{ type_quantity() }}) as quantity,
        cast(coalesce(sum(amount_net_transaction), 0) as {{ type_amount() }}) as amount,
        max(case when is_other_unit then 1 else 0 end) = 1 as is_other_unit,
        {{ newest_load_id() }} as load_id
    from receipts
    group by source_instance, source_order_id, order_line_number, transaction_currency
),

final as (
    select
        {{ surrogate_key([
            'received.source_instance', 'received.source_order_id', 'received.order_line_number',
            'received.transaction_currency'
        ]) }} as item_key,
        received.source_instance,
        {{ natural_key(['received.source_order_id', 'received.order_line_number']) }} as source_key,
        received.entity_code,
        received.supplier_id as counterparty_key,
        received.receipt_date as item_date,
        last_day(received.receipt_date) as period_end_date,
        {{ days_after('received.receipt_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        received.transaction_currency as currency_code,
        received.amount,
        received.quantity,
        received.is_other_unit,
        received.source_order_id,
        received.order_line_number,
        received.load_id
    from received
    left join tolerances on received.transaction_currency = tolerances.currency_code
)

select * from final
