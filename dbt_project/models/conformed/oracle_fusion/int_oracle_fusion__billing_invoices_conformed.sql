-- Grain: one row per invoice or credit memo that Fusion billed itself. Invoices > 0, credit memos < 0. Both sides of a
-- cancellation have status cancelled.
with

documents as (
    select * from {{ ref('int_oracle_fusion__sales_documents') }}
),

final as (
    select
        transaction_id as source_invoice_id,
        transaction_number as invoice_number,
        invoice_type,
        company_code as source_entity_id,
        customer_number as source_customer_id,
        transaction_date as invoice_date,
        due_date,
        amount_net as amount_net_transaction,
        amount_tax as amount_tax_transaction,
        amount_gross as amount_gross_transaction,
        amount_paid as amount_paid_transaction,
        currency_code as transaction_currency,
        document_status as invoice_status,
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
