-- Grain: one row per invoice, drafts and void ones included.
with

base as (
    select * from {{ ref('base_stripe__invoices') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_invoice_id,
        invoice_number,
        source_entity_id,
        source_customer_id,
        invoice_date,
        due_date,
        amount_net_transaction,
        amount_tax_transaction,
        amount_gross_transaction,
        amount_paid_transaction,
        transaction_currency,
        invoice_status,
        posting_batch,
        source_subscription_id
    from base
    where rejection_reason is null
)

select * from final
