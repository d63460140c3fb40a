-- Grain: one row per order, deleted ones included. amount_lines_transaction is the sum of its products: what differs from
-- the order's own total was not loaded with it.
with

orders as (
    select * from {{ ref('stg_salesforce__orders') }}
),

lines as (
    select
        source_instance,
        source_order_id,
        count(*) as line_count,
        sum(amount_transaction) as amount_lines
    from {{ ref('stg_salesforce__order_items') }}
    where not is_deleted
    group by source_instance, source_order_id
),

final as (
    select
        orders.source_order_id,
        orders.order_number,
        orders.source_customer_id,
        orders.source_contract_id,
        orders.source_opportunity_id,
        orders.order_date,
        orders.end_date,
        case orders.status_category when 'Activated' then 'activated' else 'draft' end as order_status,
        orders.amount_total_transaction,
        cast(coalesce(lines.amount_lines, 0) as {{ type_amount() }}) as amount_lines_transaction,
        cast(coalesce(lines.line_count, 0) as bigint) as line_count,
        orders.transaction_currency,
        orders.is_deleted,
        orders.source_instance,
        orders.load_id,
        orders.recorded_at
    from orders
    left join lines
        on
            orders.source_instance = lines.source_instance
            and orders.source_order_id = lines.source_order_id
)

select * from final
