-- Grain: one row per line of an invoice or credit note. amount_net_transaction is before tax and after the line's
-- discounts, so the lines of an invoice sum to its net amount. The product family is that of the invoice date.
with

invoice_lines as (
    select * from {{ ref('all_billing_invoice_lines') }}
),

invoices as (
    select * from {{ ref('fct_billing_invoices') }}
),

product_slices as (
    select * from {{ ref('dim_product_slices') }}
),

final as (
    select
        {{ surrogate_key([
            'invoice_lines.source_instance', 'invoice_lines.source_invoice_id', 'invoice_lines.source_invoice_line_id'
        ]) }} as invoice_line_id,
        {{ surrogate_key(['invoice_lines.source_instance', 'invoice_lines.source_invoice_id']) }} as invoice_id,
        invoice_lines.source_invoice_id,
        invoice_lines.source_invoice_line_id,
        invoices.invoice_number,
        invoices.invoice_type,
        invoices.invoice_status,
        invoices.invoice_date,
        invoices.invoice_id is not null as is_invoice_known,
        invoices.entity_id,
        invoices.entity_code,
        invoices.customer_id,
        invoices.source_customer_id,
        {{ member_id('invoice_lines.source_product_id', 'product_slices.product_id') }} as product_id,
        invoice_lines.source_product_id,
        product_slices.product_code,
        {{ family_of('invoice_lines.source_product_id', 'product_slices.product_family_code') }} as product_family_code,
        coalesce(product_slices.is_mapped, false) as is_product_mapped,
        invoice_lines.source_price_id,
        invoice_lines.charge_type,
        invoice_lines.service_start_date,
        invoice_lines.service_end_date,
        invoice_lines.quantity,
        invoice_lines.amount_net_transaction,
        invoice_lines.amount_discount_transaction,
        invoice_lines.transaction_currency,
        invoice_lines.interval_months,
        invoice_lines.source_subscription_id,
        invoice_lines.source_subscription_item_id,
        invoice_lines.source_instance,
        invoice_lines.load_id,
        invoice_lines.recorded_at
    from invoice_lines
    left join invoices
        on
            invoice_lines.source_instance = invoices.source_instance
            and invoice_lines.source_invoice_id = invoices.source_invoice_id
    left join product_slices
        on
            invoice_lines.source_instance = product_slices.source_instance
            and invoice_lines.source_product_id = product_slices.source_product_id
            and {{ is_valid_on('coalesce(invoices.invoice_date, ' ~ as_of_date() ~ ')', 'product_slices') }}
)

select * from final
