-- Grain: one row per line of a purchase order: how much of it was ordered, received, invoiced and paid, net of tax, in the
-- currency of the order. An invoice is paid when the payable it was matched to is cleared; nothing says so of one that was
-- matched to none.
with

order_lines as (select * from {{ ref('fct_purchase_order_lines') }}),

invoice_lines as (
    select * from {{ ref('fct_supplier_invoice_lines') }}
    where invoice_status = 'approved'
),

payables as (
    select
        matches.left_item_key as supplier_invoice_id,
        min(case when postings.is_paid then 1 else 0 end) = 1 as is_paid
    from {{ ref('procurement_to_ap_matches') }} as matches
    inner join {{ ref('procurement_to_ap_postings') }} as postings on matches.right_item_key = postings.item_key
    where matches.finding = 'match'
    group by matches.left_item_key
),

suppliers as (select * from {{ ref('dim_suppliers') }}),

entities as (select * from {{ ref('dim_entities') }}),

paid as (
    select
        invoice_lines.source_instance,
        invoice_lines.source_order_id,
        invoice_lines.order_line_number,
        sum(invoice_lines.amount_net_transaction) as amount_paid
    from invoice_lines
    inner join payables on invoice_lines.supplier_invoice_id = payables.supplier_invoice_id
    where payables.is_paid
    group by invoice_lines.source_instance, invoice_lines.source_order_id, invoice_lines.order_line_number
),

final as (
    select
        order_lines.purchase_order_line_id,
        {{ as_of_date() }} as as_of_date,
        order_lines.entity_code,
        entities.entity_name,
        order_lines.source_order_id,
        order_lines.line_number,
        order_lines.order_date,
        order_lines.supplier_id,
        suppliers.supplier_name,
        order_lines.source_product_id,
        order_lines.quantity,
        order_lines.quantity_received,
        order_lines.quantity_invoiced,
        order_lines.quantity_unit,
        order_lines.transaction_currency,
        order_lines.amount_net_transaction as amount_ordered_transaction,
        order_lines.amount_received_transaction,
        order_lines.amount_invoiced_transaction,
        cast(coalesce(paid.amount_paid, 0) as {{ type_amount() }}) as amount_paid_transaction,
        order_lines.amount_uninvoiced_transaction,
        case
            when order_lines.amount_uninvoiced_transaction > 0 then 'received_not_invoiced'
            when order_lines.amount_uninvoiced_transaction < 0 then 'invoiced_not_received'
            when order_lines.amount_invoiced_transaction = 0 then 'ordered'
            when coalesce(paid.amount_paid, 0) = order_lines.amount_invoiced_transaction then 'paid'
            else 'invoiced_not_paid'
        end as progress,
        order_lines.source_instance
    from order_lines
    left join paid
        on
            order_lines.source_instance = paid.source_instance
            and order_lines.source_order_id = paid.source_order_id
            and order_lines.line_number = paid.order_line_number
    left join suppliers on order_lines.supplier_id = suppliers.supplier_id
    left join entities on order_lines.entity_code = entities.entity_code
)

select * from final
