-- Grain: one row per customer, product and usage month, in transaction currency: the usage lines of invoices whose
-- service period begins in that month.
with

invoice_lines as (select * from {{ ref('fct_billing_invoice_lines') }}),

invoiced_usage as (
    select
        source_instance,
        entity_code,
        customer_id as counterparty_key,
        source_customer_id,
        source_product_id,
        transaction_currency as currency_code,
        {{ month_of('service_start_date') }} as usage_month,
        {{ newest_load_id() }} as load_id,
        max(invoice_date) as item_date,
        count(*) as record_count,
        sum(amount_net_transaction) as amount
    from invoice_lines
    where
        charge_type = 'usage'
        and invoice_status not in ('draft', 'void')
    group by
        source_instance,
        entity_code,
        customer_id,
        source_customer_id,
        source_product_id,
        transaction_currency,
        {{ month_of('service_start_date') }}
),

final as (
    select
        *,
        {{ surrogate_key([
            'source_instance', 'entity_code', 'counterparty_key', 'source_customer_id', 'source_product_id',
            'currency_code', 'usage_month'
        ]) }} as item_key,
        {{ natural_key(['source_customer_id', 'source_product_id', month_code('usage_month')]) }} as source_key,
        cast(null as date) as period_end_date,
        cast(null as date) as partner_due_date
    from invoiced_usage
)

select * from final
