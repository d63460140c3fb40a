-- Grain: one row per member that records name and nobody has (a customer, a supplier, a cost centre, an account, a
-- product, an invoice, an opportunity, a line of a purchase order), with entity and currency. Master data may come a
-- night later than what names it: then the finding is gone with it.
with

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

cost_centres as (
    select distinct
        source_instance,
        source_cost_centre_id
    from {{ ref('dim_cost_centres') }}
),

products as (
    select distinct
        source_instance,
        source_product_id
    from {{ ref('dim_products') }}
),

goods_receipts as (select * from {{ ref('fct_goods_receipts') }}),

supplier_invoice_lines as (select * from {{ ref('fct_supplier_invoice_lines') }}),

ar_items as (select * from {{ ref('fct_ar_items') }}),

ap_items as (select * from {{ ref('fct_ap_items') }}),

invoices as (select * from {{ ref('fct_billing_invoices') }}),

invoice_lines as (select * from {{ ref('fct_billing_invoice_lines') }}),

subscriptions as (select * from {{ ref('fct_subscriptions') }}),

opportunities as (select * from {{ ref('fct_opportunities') }}),

opportunity_lines as (select * from {{ ref('fct_opportunity_lines') }}),

sales_order_lines as (select * from {{ ref('fct_sales_order_lines') }}),

purchase_order_lines as (select * from {{ ref('fct_purchase_order_lines') }}),

supplier_invoices as (select * from {{ ref('fct_supplier_invoices') }}),

-- One that exists and was not valid on the day is a closed cost centre.
unknown_cost_centres as (
    select
        'cost centre' as member,
        journal_lines.source_instance,
        journal_lines.source_cost_centre_id as source_member_id,
        journal_lines.entity_code,
        journal_lines.posting_date as record_date,
        journal_lines.amount_local as amount,
        journal_lines.local_currency as currency_code,
        journal_lines.load_id,
        journal_lines.recorded_at
    from journal_lines
    left join cost_centres
        on
            journal_lines.source_instance = cost_centres.source_instance
            and journal_lines.source_cost_centre_id = cost_centres.source_cost_centre_id
    where
        not journal_lines.is_cost_centre_valid
        and journal_lines.source_cost_centre_id is not null
        and cost_centres.source_cost_centre_id is null
),

sold_products as (
    select
        source_instance,
        source_product_id,
        entity_code,
        invoice_date as record_date,
        amount_net_transaction as amount,
        transaction_currency,
        load_id,
        recorded_at
    from invoice_lines

    union all

    select
        source_instance,
        source_product_id,
        cast(null as varchar) as entity_code,
        service_date as record_date,
        amount_transaction as amount,
        transaction_currency,
        load_id,
        recorded_at
    from opportunity_lines
    where not is_deleted
),

unknown_products as (
    select
        'product' as member,
        sold_products.source_instance,
        sold_products.source_product_id as source_member_id,
        sold_products.entity_code,
        sold_products.record_date,
        sold_products.amount,
        sold_products.transaction_currency as currency_code,
        sold_products.load_id,
        sold_products.recorded_at
    from sold_products
    left join products
        on
            sold_products.source_instance = products.source_instance
            and sold_products.source_product_id = products.source_product_id
    where sold_products.source_product_id is not null and products.source_product_id is null
),

of_orders as (
    select
        source_instance,
        source_order_id,
        order_line_number,
        entity_code,
        receipt_date as record_date,
        amount_net_transaction as amount,
        transaction_currency,
        load_id,
        recorded_at
    from goods_receipts

    union all

    select
        source_instance,
        source_order_id,
        order_line_number,
        entity_code,
        document_date as record_date,
        amount_net_transaction as amount,
        transaction_currency,
        load_id,
        recorded_at
    from supplier_invoice_lines
),

unknown_order_lines as (
    select
        'purchase order line' as member,
        of_orders.source_instance,
        {{ natural_key(['of_orders.source_order_id', 'of_orders.order_line_number']) }} as source_member_id,
        of_orders.entity_code,
        of_orders.record_date,
        of_orders.amount,
        of_orders.transaction_currency as currency_code,
        of_orders.load_id,
        of_orders.recorded_at
    from of_orders
    left join purchase_order_lines
        on
            of_orders.source_instance = purchase_order_lines.source_instance
            and of_orders.source_order_id = purchase_order_lines.source_order_id
            and of_orders.order_line_number = purchase_order_lines.line_number
    where of_orders.source_order_id is not null and purchase_order_lines.source_order_id is null
),

named as (
    select * from unknown_cost_centres
    union all
    select * from unknown_products
    union all
    select * from unknown_order_lines
    union all

    select
        'account' as member,
        source_instance,
        source_account_id as source_member_id,
        entity_code,
        posting_date as record_date,
        amount_local as amount,
        local_currency as currency_code,
        load_id,
        recorded_at
    from journal_lines
    where not is_account_known and source_account_id is not null

    union all

    select
        'customer' as member,
        source_instance,
        source_counterparty_id as source_member_id,
        entity_code,
        posting_date as record_date,
        amount_transaction as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from ar_items
    where not is_customer_known and source_counterparty_id is not null

    union all

    select
        'supplier' as member,
        source_instance,
        source_counterparty_id as source_member_id,
        entity_code,
        posting_date as record_date,
        amount_transaction as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from ap_items
    where not is_supplier_known and source_counterparty_id is not null

    union all

    select
        'customer' as member,
        source_instance,
        source_customer_id as source_member_id,
        entity_code,
        invoice_date as record_date,
        amount_gross_transaction as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from invoices
    where not is_customer_known and source_customer_id is not null

    union all

    select
        'invoice' as member,
        source_instance,
        source_invoice_id as source_member_id,
        entity_code,
        invoice_date as record_date,
        amount_net_transaction as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from invoice_lines
    where not is_invoice_known

    union all

    select
        'customer' as member,
        source_instance,
        source_customer_id as source_member_id,
        entity_code,
        start_date as record_date,
        0 as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from subscriptions
    where not is_customer_known and source_customer_id is not null

    union all

    select
        'customer' as member,
        source_instance,
        source_customer_id as source_member_id,
        entity_code,
        close_date as record_date,
        amount_transaction as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from opportunities
    where not is_customer_known and source_customer_id is not null and not is_deleted

    union all

    select
        'opportunity' as member,
        source_instance,
        source_opportunity_id as source_member_id,
        cast(null as varchar) as entity_code,
        service_date as record_date,
        amount_transaction as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from opportunity_lines
    where not is_opportunity_known and not is_deleted

    union all

    select
        'customer' as member,
        source_instance,
        source_customer_id as source_member_id,
        entity_code,
        order_date as record_date,
        amount_net_transaction as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from sales_order_lines
    where not is_customer_known and source_customer_id is not null

    union all

    select
        'supplier' as member,
        source_instance,
        source_supplier_id as source_member_id,
        entity_code,
        order_date as record_date,
        amount_net_transaction as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from purchase_order_lines
    where not is_supplier_known and source_supplier_id is not null

    union all

    -- A line whose order nobody has names no supplier.
    select
        'purchase order' as member,
        source_instance,
        source_order_id as source_member_id,
        entity_code,
        order_date as record_date,
        amount_net_transaction as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from purchase_order_lines
    where source_supplier_id is null

    union all

    select
        'supplier' as member,
        source_instance,
        source_supplier_id as source_member_id,
        entity_code,
        document_date as record_date,
        amount_gross_transaction as amount,
        transaction_currency as currency_code,
        load_id,
        recorded_at
    from supplier_invoices
    where not is_supplier_known and source_supplier_id is not null
),

final as (
    select
        'unknown_member' as exception_type,
        {{ natural_key(['source_instance', 'member', 'source_member_id']) }} as natural_key,
        entity_code,
        {{ month_of('coalesce(min(record_date), ' ~ as_of_date() ~ ')') }} as period_month,
        cast(sum(abs(amount)) as {{ type_amount() }}) as amount_transaction,
        currency_code as transaction_currency,
        concat_ws(' ', upper(left(member, 1)) || substr(member, 2), source_member_id) as subject,
        source_instance,
        {{ newest_load_id() }} as load_id
    from named
    group by source_instance, member, source_member_id, entity_code, currency_code
)

select * from final
