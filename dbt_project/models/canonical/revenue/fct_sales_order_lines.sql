-- Grain: one row per line of a sales order, net of tax. The product family is that of the order date.
with

order_lines as (
    select * from {{ ref('all_sales_order_lines') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

customer_slices as (
    select * from {{ ref('customer_slices') }}
),

product_slices as (
    select * from {{ ref('dim_product_slices') }}
),

final as (
    select
        {{ surrogate_key([
            'order_lines.source_instance', 'order_lines.source_order_id', 'order_lines.line_number'
        ]) }} as sales_order_line_id,
        order_lines.source_order_id,
        order_lines.line_number,
        {{ entity_columns('order_lines.source_entity_id') }},
        {{ member_id('order_lines.source_customer_id', 'customer_slices.customer_id') }} as customer_id,
        order_lines.source_customer_id,
        {{ is_member_known('order_lines.source_customer_id', 'customer_slices.customer_id') }} as is_customer_known,
        {{ member_id('order_lines.source_product_id', 'product_slices.product_id') }} as product_id,
        order_lines.source_product_id,
        product_slices.product_code,
        {{ family_of('order_lines.source_product_id', 'product_slices.product_family_code') }} as product_family_code,
        coalesce(product_slices.is_mapped, false) as is_product_mapped,
        order_lines.order_date,
        order_lines.requested_delivery_date,
        order_lines.quantity,
        order_lines.amount_net_transaction,
        order_lines.transaction_currency,
        order_lines.order_status,
        order_lines.customer_reference,
        order_lines.source_instance,
        order_lines.source_entity_id,
        order_lines.load_id,
        order_lines.recorded_at
    from order_lines
    left join entity_crosswalk
        on
            order_lines.source_instance = entity_crosswalk.source_instance
            and order_lines.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('order_lines.order_date', 'entity_crosswalk') }}
    left join customer_slices
        on
            order_lines.source_instance = customer_slices.source_instance
            and order_lines.source_customer_id = customer_slices.source_customer_id
            and {{ is_valid_on('order_lines.order_date', 'customer_slices') }}
    left join product_slices
        on
            order_lines.source_instance = product_slices.source_instance
            and order_lines.source_product_id = product_slices.source_product_id
            and {{ is_valid_on('order_lines.order_date', 'product_slices') }}
)

select * from final
