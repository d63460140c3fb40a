-- Grain: one row per invoice or credit note of a billing system that collects: what its customer has to pay, gross, in its
-- currency, credit notes < 0. A draft claims nothing yet, a void invoice nothing any more, and one that is given up what
-- was paid of it before. Invoices that an ERP collects by itself are settled in its receivables: no payment is known here.
with

invoices as (
    select * from {{ ref('fct_billing_invoices') }}
    where invoice_status <> 'draft'
),

collecting_instances as (
    select distinct source_instance
    from {{ ref('fct_payments') }}
),

final as (
    select
        invoices.invoice_id as item_key,
        invoices.source_instance,
        coalesce(invoices.invoice_number, invoices.source_invoice_id) as source_key,
        invoices.entity_code,
        invoices.customer_id as counterparty_key,
        invoices.invoice_date as item_date,
        cast(null as date) as period_end_date,
        invoices.due_date as partner_due_date,
        invoices.transaction_currency as currency_code,
        case
            when invoices.invoice_status = 'void' then cast(0 as {{ type_amount() }})
            when invoices.invoice_status = 'uncollectible' then invoices.amount_paid_transaction
            else invoices.amount_gross_transaction
        end as amount,
        coalesce(invoices.credited_invoice_id, invoices.invoice_id) as settled_invoice_id,
        invoices.invoice_type,
        invoices.invoice_status,
        invoices.load_id
    from invoices
    inner join collecting_instances on invoices.source_instance = collecting_instances.source_instance
)

select * from final
