-- Grain: one row per item of a purchase order. An item whose header has not arrived yet is kept, without header facts.
-- The value is computed, because SAP states a price for so many units and no value: quantity × price / units of the price.
with

items as (
    select * from {{ ref('stg_sap_s4hana__purchase_order_items') }}
),

orders as (
    select * from {{ ref('stg_sap_s4hana__purchase_orders') }}
),

deliveries as (
    select
        source_instance,
        source_order_id,
        line_number,
        sum(quantity) as quantity_scheduled
    from {{ ref('stg_sap_s4hana__purchase_order_schedule_lines') }}
    group by source_instance, source_order_id, line_number
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        items.source_order_id,
        items.line_number,
        orders.source_entity_id,
        orders.source_supplier_id,
        items.source_product_id,
        orders.order_date,
        items.quantity,
        cast(deliveries.quantity_scheduled as {{ type_quantity() }}) as quantity_scheduled,
        items.quantity_unit,
        cast({{ round_half_away(
            truncated_quotient(
                'cast(items.quantity * items.price_amount as decimal(38, 6))', 6, 'items.price_quantity', 6, 8
            ),
            'currencies.minor_units'
        ) }} as {{ type_amount() }}) as amount_net_transaction,
        items.transaction_currency,
        items.is_completely_delivered,
        items.is_finally_invoiced,
        items.source_instance,
        items.load_id,
        items.recorded_at
    from items
    left join orders
        on
            items.source_instance = orders.source_instance
            and items.source_order_id = orders.source_order_id
    left join deliveries
        on
            items.source_instance = deliveries.source_instance
            and items.source_order_id = deliveries.source_order_id
            and items.line_number = deliveries.line_number
    left join currencies on items.transaction_currency = currencies.currency_code
)

select * from final
