-- Grain: one row per sales order of an ERP, net of tax, in transaction currency, without what was rejected of it. Its
-- customer reference is the number of the opportunity that the CRM's order came from.
with

order_lines as (select * from {{ ref('fct_sales_order_lines') }}),

orders as (
    select
        source_instance,
        source_order_id,
        min(entity_code) as entity_code,
        min(customer_id) as customer_id,
        min(order_date) as order_date,
        transaction_currency,
        sum(case when order_status = 'rejected' then 0 else amount_net_transaction end) as amount,
        bool_and(order_status = 'rejected') as is_rejected,
        min(customer_reference) as customer_reference,
        {{ newest_load_id() }} as load_id
    from order_lines
    group by source_instance, source_order_id, transaction_currency
),

final as (
    select
        {{ surrogate_key(['source_instance', 'source_order_id', 'transaction_currency']) }} as item_key,
        source_instance,
        source_order_id as source_key,
        entity_code,
        customer_id as counterparty_key,
        order_date as item_date,
        last_day(order_date) as period_end_date,
        cast(null as date) as partner_due_date,
        transaction_currency as currency_code,
        cast(amount as {{ type_amount() }}) as amount,
        is_rejected,
        upper(trim(customer_reference)) as reference,
        load_id
    from orders
)

select * from final
