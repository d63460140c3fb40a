-- Grain: one row per invoice and per credit note. Invoices > 0, credit notes < 0, tax included in gross.
-- Pending and void documents are kept with their status: who counts, chooses. A write-off makes the invoice paid and a
-- credit note beside it; it takes back no revenue, so the invoice is uncollectible here and the note is none.
with

invoices as (
    select * from {{ ref('int_chargebee__invoices') }}
),

credit_notes as (
    select * from {{ ref('stg_chargebee__credit_notes') }}
    where not is_deleted and not is_write_off
),

invoice_rows as (
    select
        source_invoice_id,
        case when invoice_status <> 'pending' then {{ normalise_code('source_invoice_id') }} end as invoice_number,
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
        case
            when invoice_status = 'pending' then 'draft'
            when invoice_status = 'voided' then 'void'
            when invoice_status = 'paid' and amount_written_off_transaction > 0 then 'uncollectible'
            when invoice_status = 'paid' then 'paid'
            else 'open'
        end as invoice_status,
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
        {{ normalise_code('credit_notes.source_credit_note_id') }} as invoice_number,
        'credit_note' as invoice_type,
        credit_notes.source_entity_id,
        credit_notes.source_customer_id,
        credit_notes.credit_note_date as invoice_date,
        credit_notes.credit_note_date as due_date,
        -credit_notes.amount_net_transaction as amount_net_transaction,
        -credit_notes.amount_tax_transaction as amount_tax_transaction,
        -credit_notes.amount_gross_transaction as amount_gross_transaction,
        case
            when credit_notes.credit_note_status = 'voided' then 0
            else -credit_notes.amount_used_transaction
        end as amount_paid_transaction,
        credit_notes.transaction_currency,
        case
            when credit_notes.credit_note_status = 'voided' then 'void'
            when credit_notes.credit_note_status = 'refund_due' then 'open'
            else 'paid'
        end as invoice_status,
        invoices.posting_batch,
        coalesce(credit_notes.source_subscription_id, invoices.source_subscription_id) as source_subscription_id,
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
