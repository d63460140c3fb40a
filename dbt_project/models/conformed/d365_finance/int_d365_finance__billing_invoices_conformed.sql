-- Grain: one row per posted sales invoice or credit note. Invoices of other billing systems are posted by journal and are
-- those systems' invoices. Invoices > 0, credit notes < 0. When it is due and what was paid says its transaction.
with

invoices as (
    select * from {{ ref('stg_d365_finance__sales_invoices') }}
),

transactions as (
    select
        source_instance,
        source_entity_id,
        invoice_number,
        voucher,
        max(due_date) as due_date,
        sum(amount_settled) as amount_settled,
        bool_and(is_closed) as is_closed
    from {{ ref('int_d365_finance__transactions') }}
    where subledger = 'AR'
    group by source_instance, source_entity_id, invoice_number, voucher
),

final as (
    select
        {{ d365_partner('invoices.source_entity_id', 'invoices.invoice_number') }}
        || '/' || invoices.voucher as source_invoice_id,
        invoices.invoice_number,
        case when invoices.amount_gross < 0 then 'credit_note' else 'invoice' end as invoice_type,
        invoices.source_entity_id,
        {{ d365_partner('invoices.source_entity_id', 'invoices.customer_number') }} as source_customer_id,
        invoices.invoice_date,
        transactions.due_date,
        cast(invoices.amount_gross - invoices.amount_tax as {{ type_amount() }}) as amount_net_transaction,
        invoices.amount_tax as amount_tax_transaction,
        invoices.amount_gross as amount_gross_transaction,
        cast(coalesce(transactions.amount_settled, 0) as {{ type_amount() }}) as amount_paid_transaction,
        invoices.transaction_currency,
        case when transactions.is_closed then 'paid' else 'open' end as invoice_status,
        cast(null as date) as voided_date,
        cast(null as varchar) as credited_source_invoice_id,
        cast(null as varchar) as posting_batch,
        cast(null as varchar) as source_subscription_id,
        invoices.source_instance,
        invoices.load_id,
        invoices.recorded_at
    from invoices
    left join transactions
        on
            invoices.source_instance = transactions.source_instance
            and invoices.source_entity_id = transactions.source_entity_id
            and invoices.invoice_number = transactions.invoice_number
            and invoices.voucher = transactions.voucher
)

select * from final
