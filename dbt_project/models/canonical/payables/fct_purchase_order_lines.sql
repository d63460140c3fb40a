-- Grain: one row per line of a purchase order, net of tax: what of it was received and invoiced. An invoice counts from its
-- approval on. amount_open_transaction is what may still be invoiced: the value less what supplier invoices have taken from
-- the line, never below 0, and 0 once no more invoices are expected. amount_uninvoiced_transaction is what the ledger owes
-- for goods received: what was received less what was invoiced of it, at the price of the order; below 0, what was invoiced
-- and not received.
with

order_lines as (
    select * from {{ ref('all_purchase_order_lines') }}
),

received as (
    select
        source_instance,
        source_order_id,
        order_line_number,
        sum(quantity) as quantity_received,
        sum(amount_net_transaction) as amount_received
    from {{ ref('fct_goods_receipts') }}
    where source_order_id is not null
    group by source_instance, source_order_id, order_line_number
),

invoiced as (
    select
        source_instance,
        source_order_id,
        order_line_number,
        sum(quantity) as quantity_invoiced,
        sum(amount_net_transaction) as amount_invoiced
    from {{ ref('fct_supplier_invoice_lines') }}
    where source_order_id is not null and invoice_status = 'approved'
    group by source_instance, source_order_id, order_line_number
),

currencies as (
    select * from {{ ref('currencies') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

suppliers as (
    select * from {{ ref('dim_suppliers') }}
),

final as (
    select
        {{ surrogate_key([
            'order_lines.source_instance', 'order_lines.source_order_id', 'order_lines.line_number'
        ]) }} as purchase_order_line_id,
        order_lines.source_order_id,
        order_lines.line_number,
        {{ entity_columns('order_lines.source_entity_id') }},
        {{ member_id('order_lines.source_supplier_id', 'suppliers.supplier_id') }} as supplier_id,
        order_lines.source_supplier_id,
        {{ is_member_known('order_lines.source_supplier_id', 'suppliers.supplier_id') }} as is_supplier_known,
        order_lines.source_product_id,
        order_lines.order_date,
        order_lines.quantity,
        order_lines.quantity_scheduled,
        order_lines.quantity_unit,
        cast(coalesce(received.quantity_received, 0) as {{ type_quantity() }}) as quantity_received,
        cast(coalesce(invoiced.quantity_invoiced, 0) as {{ type_quantity() }}) as quantity_invoiced,
        order_lines.amount_net_transaction,
        cast(coalesce(received.amount_received, 0) as {{ type_amount() }}) as amount_received_transaction,
        cast(coalesce(invoiced.amount_invoiced, 0) as {{ type_amount() }}) as amount_invoiced_transaction,
        cast(
            case
                when order_lines.is_finally_invoiced then 0
                else greatest(order_lines.amount_net_transaction - coalesce(invoiced.amount_invoiced, 0), 0)
            end as {{ type_amount() }}
        ) as amount_open_transaction,
        -- A line by amount has no price of a unit: what was invoiced counts as it is.
        cast(
            coalesce(received.amount_received, 0)
            - case
                when invoiced.amount_invoiced is null then 0
                when order_lines.quantity <> 0 and invoiced.quantity_invoiced is not null then {{ value_of_quantity(
                    'order_lines.amount_net_transaction', 'invoiced.quantity_invoiced', 'order_lines.quantity',
                    'currencies.minor_units'
                ) }}
                else invoiced.amount_invoiced
            end as {{ type_amount() }}
        ) as amount_uninvoiced_transaction,
        order_lines.transaction_currency,
        order_lines.is_completely_delivered,
        order_lines.is_finally_invoiced,
        order_lines.source_instance,
        order_lines.source_entity_id,
        order_lines.load_id,
        order_lines.recorded_at
    from order_lines
    left join currencies on order_lines.transaction_currency = currencies.currency_code
    left join received
        on
            order_lines.source_instance = received.source_instance
            and order_lines.source_order_id = received.source_order_id
            and order_lines.line_number = received.order_line_number
    left join invoiced
        on
            order_lines.source_instance = invoiced.source_instance
            and order_lines.source_order_id = invoiced.source_order_id
            and order_lines.line_number = invoiced.order_line_number
    left join entity_crosswalk
        on
            order_lines.source_instance = entity_crosswalk.source_instance
            and order_lines.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('order_lines.order_date', 'entity_crosswalk') }}
    left join suppliers
        on
            order_lines.source_instance = suppliers.source_instance
            and order_lines.source_supplier_id = suppliers.source_supplier_id
)

select * from final
