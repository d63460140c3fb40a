-- Grain: one row per posted sales invoice or credit memo. Invoices of other billing systems are posted by journal and
-- are those systems' invoices. Invoices > 0, credit memos < 0. Both sides of a cancellation have status cancelled.
with

documents as (
    select * from {{ ref('int_business_central__sales_documents') }}
),

final as (
    select
        record_id as source_invoice_id,
        document_number as invoice_number,
        invoice_type,
        source_entity_id,
        {{ business_central_record('source_entity_id', 'customer_number') }} as source_customer_id,
        document_date as invoice_date,
        due_date,
        amount_net as amount_net_transaction,
        amount_tax as amount_tax_transaction,
        amount_gross as amount_gross_transaction,
        amount_paid as amount_paid_transaction,
        transaction_currency,
        case
            when document_status in ('Canceled', 'Corrective') then 'cancelled'
            when document_status = 'Paid' then 'paid'
            else 'open'
        end as invoice_status,
        cast(null as date) as voided_date,
        cast(null as varchar) as credited_source_invoice_id,
        cast(null as varchar) as posting_batch,
        cast(null as varchar) as source_subscription_id,
        source_instance,
        load_id,
        recorded_at
    from documents
)

select * from final
