-- Grain: one row per product of a source that was sold without a product family, entity that sold it, month, and
-- currency. The amount is the net value of its billing lines.
with

invoice_lines as (select * from {{ ref('fct_billing_invoice_lines') }}),

products as (select * from {{ ref('dim_products') }}),

final as (
    select
        'unmapped_product' as exception_type,
        {{ natural_key([
            'invoice_lines.source_instance', 'coalesce(products.product_code, invoice_lines.source_product_id)'
        ]) }} as natural_key,
        invoice_lines.entity_code,
        {{ month_of('invoice_lines.invoice_date') }} as period_month,
        sum(invoice_lines.amount_net_transaction) as amount_transaction,
        invoice_lines.transaction_currency,
        concat_ws(
            ' ',
            'Product',
            coalesce(products.product_code, invoice_lines.source_product_id),
            min(products.product_name)
        ) as subject,
        invoice_lines.source_instance,
        {{ newest_load_id('invoice_lines.load_id', 'invoice_lines.recorded_at') }} as load_id
    from invoice_lines
    left join products on invoice_lines.product_id = products.product_id
    where
        not invoice_lines.is_product_mapped
        and invoice_lines.source_product_id is not null
        and invoice_lines.invoice_status not in ('draft', 'void')
    group by
        invoice_lines.source_instance,
        coalesce(products.product_code, invoice_lines.source_product_id),
        invoice_lines.entity_code,
        {{ month_of('invoice_lines.invoice_date') }},
        invoice_lines.transaction_currency
)

select * from final
