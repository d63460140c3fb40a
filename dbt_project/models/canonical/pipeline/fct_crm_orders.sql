-- Grain: one row per order of the CRM, deleted ones included. amount_open_transaction is what the CRM still holds as
-- ordered: the total of an activated order until its end date. Its entity is that of the opportunity it came from, whose
-- number is the customer reference of the ERP's order.
with

orders as (
    select * from {{ ref('all_crm_orders') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

customer_slices as (
    select * from {{ ref('customer_slices') }}
),

final as (
    select
        {{ surrogate_key(['orders.source_instance', 'orders.source_order_id']) }} as crm_order_id,
        orders.source_order_id,
        orders.order_number,
        {{ member_id('orders.source_customer_id', 'customer_slices.customer_id') }} as customer_id,
        orders.source_customer_id,
        {{ is_member_known('orders.source_customer_id', 'customer_slices.customer_id') }} as is_customer_known,
        opportunities.entity_id,
        opportunities.entity_code,
        opportunities.opportunity_id,
        opportunities.opportunity_number,
        orders.source_opportunity_id,
        orders.source_contract_id,
        orders.order_date,
        orders.end_date,
        orders.order_status,
        orders.amount_total_transaction,
        orders.amount_lines_transaction,
        orders.line_count,
        cast(
            case
                when
                    orders.order_status = 'activated'
                    and not orders.is_deleted
                    and coalesce(orders.end_date >= {{ as_of_date() }}, true)
                    then orders.amount_total_transaction
                else 0
            end as {{ type_amount() }}
        ) as amount_open_transaction,
        orders.transaction_currency,
        orders.is_deleted,
        orders.source_instance,
        orders.load_id,
        orders.recorded_at
    from orders
    left join opportunities
        on
            orders.source_instance = opportunities.source_instance
            and orders.source_opportunity_id = opportunities.source_opportunity_id
    left join customer_slices
        on
            orders.source_instance = customer_slices.source_instance
            and orders.source_customer_id = customer_slices.source_customer_id
            and {{ is_valid_on('orders.order_date', 'customer_slices') }}
)

select * from final
