-- Grain: one row per invoice and per credit note. Invoices > 0, credit notes < 0, tax included in gross.
-- Pending and void documents are kept with their status: who counts, chooses. A write-off makes the invoice paid and a
-- credit note beside it; it takes back no revenue, so the invoice is uncollectible here and the note is none.
with

invoices as (
    select
        source_invoice_id,
        case when invoice_status <> 'pending' then {{ normalise_code('source_invoice_id') }} end as invoice_number,
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
        voided_date,
        posting_batch,
        source_subscription_id,
        source_instance,
        load_id,
        recorded_at
    from {{ ref('int_chargebee__invoices') }}
),

credit_notes as (
    select
        source_credit_note_id,
        {{ normalise_code('source_credit_note_id') }} as credit_note_number,
        source_invoice_id,
        source_entity_id,
        source_customer_id,
        credit_note_date,
        amount_net_transaction,
        amount_tax_transaction,
        amount_gross_transaction,
        amount_used_transaction,
        transaction_currency,
        case credit_note_status
            when 'voided' then 'void'
            when 'refund_due' then 'open'
            else 'paid'
        end as credit_note_status,
        cast(null as varchar) as posting_batch,
        source_subscription_id,
        source_instance,
        load_id,
        recorded_at
    from {{ ref('stg_chargebee__credit_notes') }}
    where not is_deleted and not is_write_off
),

final as (
    {{ billing_documents('invoices', 'credit_notes') }}
)

select * from final
