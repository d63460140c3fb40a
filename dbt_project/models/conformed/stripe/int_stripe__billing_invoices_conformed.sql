-- Grain: one row per invoice and per credit note. Invoices > 0, credit notes < 0, tax included in gross.
-- Drafts and void documents are kept with their status: who counts, chooses. A draft that was deleted never was a
-- document. A credit note takes effect as it is
-- issued, so it is paid in full; entity, posting batch and subscription are its own or else its invoice's.
with

invoices as (
    select * from {{ ref('stg_stripe__invoices') }}
    where not is_deleted
),

credit_notes as (
    select * from {{ ref('stg_stripe__credit_notes') }}
),

invoice_rows as (
    select
        source_invoice_id,
        invoice_number,
        'invoice' as invoice_type,
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
        source_subscription_id,
        source_instance,
        load_id,
        recorded_at
    from invoices
),

credit_note_rows as (
    select
        credit_notes.source_credit_note_id as source_invoice_id,
        credit_notes.credit_note_number as invoice_number,
        'credit_note' as invoice_type,
        coalesce(credit_notes.source_entity_id, invoices.source_entity_id) as source_entity_id,
        credit_notes.source_customer_id,
        credit_notes.credit_note_date as invoice_date,
        credit_notes.credit_note_date as due_date,
        -credit_notes.amount_net_transaction as amount_net_transaction,
        -credit_notes.amount_tax_transaction as amount_tax_transaction,
        -credit_notes.amount_gross_transaction as amount_gross_transaction,
        case
            when credit_notes.credit_note_status = 'issued' then -credit_notes.amount_gross_transaction
            else 0
        end as amount_paid_transaction,
        credit_notes.transaction_currency,
        case credit_notes.credit_note_status when 'issued' then 'paid' else 'void' end as invoice_status,
        coalesce(credit_notes.posting_batch, invoices.posting_batch) as posting_batch,
        invoices.source_subscription_id,
        credit_notes.source_instance,
        credit_notes.load_id,
        credit_notes.recorded_at
    from credit_notes
    left join invoices
        on
            credit_notes.source_instance = invoices.source_instance
            and credit_notes.source_invoice_id = invoices.source_invoice_id
),

final as (
    select * from invoice_rows
    union all
    select * from credit_note_rows
)

select * from final
