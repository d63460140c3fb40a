-- Grain: one row per invoice that was not deleted, with what was written off of it and the subscription it bills, where
-- that is only one.
with

invoices as (
    select * from {{ ref('stg_zuora__invoices') }}
    where not is_deleted
),

accounts as (
    select * from {{ ref('stg_zuora__accounts') }}
),

write_offs as (
    select
        source_instance,
        source_invoice_id,
        sum(amount_gross_transaction) as amount_written_off_transaction
    from {{ ref('stg_zuora__credit_memos') }}
    where is_write_off and credit_note_status = 'posted'
    group by source_instance, source_invoice_id
),

billed as (
    select
        source_instance,
        source_invoice_id,
        min(source_subscription_id) as source_subscription_id
    from {{ ref('int_zuora__invoice_lines') }}
    group by source_instance, source_invoice_id
    having count(distinct source_subscription_id) = 1
),

final as (
    select
        invoices.source_invoice_id,
        invoices.invoice_number,
        accounts.source_entity_id,
        invoices.source_customer_id,
        billed.source_subscription_id,
        invoices.invoice_date,
        invoices.due_date,
        invoices.amount_net_transaction,
        invoices.amount_tax_transaction,
        invoices.amount_gross_transaction,
        invoices.amount_open_transaction,
        cast(coalesce(write_offs.amount_written_off_transaction, 0) as {{ type_amount() }})
            as amount_written_off_transaction,
        invoices.transaction_currency,
        invoices.invoice_status,
        invoices.voided_date,
        invoices.posting_batch,
        invoices.posted_at,
        invoices.source_instance,
        invoices.load_id,
        invoices.recorded_at
    from invoices
    left join accounts
        on
            invoices.source_instance = accounts.source_instance
            and invoices.source_customer_id = accounts.source_customer_id
    left join write_offs
        on
            invoices.source_instance = write_offs.source_instance
            and invoices.source_invoice_id = write_offs.source_invoice_id
    left join billed
        on
            invoices.source_instance = billed.source_instance
            and invoices.source_invoice_id = billed.source_invoice_id
)

select * from final
