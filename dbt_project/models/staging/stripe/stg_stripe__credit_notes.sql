-- Grain: one row per credit note, void ones included.
with

base as (
    select * from {{ ref('base_stripe__credit_notes') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_credit_note_id,
        credit_note_number,
        source_invoice_id,
        source_customer_id,
        source_entity_id,
        posting_batch,
        credit_note_date,
        amount_net_transaction,
        amount_tax_transaction,
        amount_gross_transaction,
        transaction_currency,
        credit_note_status
    from base
    where rejection_reason is null
)

select * from final
