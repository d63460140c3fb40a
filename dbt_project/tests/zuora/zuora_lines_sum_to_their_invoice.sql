-- Fails with one row per posted invoice whose lines do not sum to its amount before tax.
-- A warning, not an error: an item that could not be read leaves a gap here, and the good rows must go on.
{{ config(severity='warn') }}

with

invoices as (
    select * from {{ ref('int_zuora__invoices') }}
    where invoice_status = 'posted'
),

line_totals as (
    select
        source_instance,
        source_invoice_id,
        sum(amount_net_transaction) as amount_net_transaction
    from {{ ref('int_zuora__billing_invoice_lines_conformed') }}
    group by source_instance, source_invoice_id
)

select
    invoices.source_instance,
    invoices.source_invoice_id,
    invoices.amount_net_transaction as amount_of_invoice,
    line_totals.amount_net_transaction as amount_of_lines
from invoices
left join line_totals
    on
        invoices.source_instance = line_totals.source_instance
        and invoices.source_invoice_id = line_totals.source_invoice_id
where invoices.amount_net_transaction <> coalesce(line_totals.amount_net_transaction, 0)
