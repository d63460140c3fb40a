-- Grain: one row per invoice and per credit note. Invoices > 0, credit notes < 0, tax included in gross.
-- Drafts and void documents are kept with their status: who counts, chooses. A draft that was deleted never was a
-- document. A credit note takes effect as it is issued, so it is paid in full.
with

invoices as (
    select * from {{ ref('stg_stripe__invoices') }}
    where not is_deleted
),

credit_notes as (
    select
        source_credit_note_id,
        credit_note_number,
        source_invoice_id,
        source_entity_id,
        source_customer_id,
        credit_note_date,
        amount_net_transaction,
        amount_tax_transaction,
        amount_gross_transaction,
        amount_gross_transaction as amount_used_transaction,
        transaction_currency,
        case credit_note_status when 'issued' then 'paid' else 'void' end as credit_note_status,
        posting_batch,
        cast(null as varchar) as source_subscription_id,
        source_instance,
        load_id,
        recorded_at
    from {{ ref('stg_stripe__credit_notes') }}
),

final as (
    {{ billing_documents('invoices', 'credit_notes') }}
)

select * from final
