-- Grain: one row per invoice and per credit memo. Invoices > 0, credit memos < 0, tax included in gross.
-- A negative invoice is a credit note by another name: it has its sign already. Drafts and cancelled documents are kept
-- with their status: who counts, chooses. A write-off settles the invoice by a memo; it takes back no revenue, so the
-- invoice is uncollectible here and the memo is none.
with

invoices as (
    select
        source_invoice_id,
        case when invoice_status not in ('draft', 'error') then invoice_number end as invoice_number,
        source_entity_id,
        source_customer_id,
        invoice_date,
        coalesce(due_date, invoice_date) as due_date,
        amount_net_transaction,
        amount_tax_transaction,
        amount_gross_transaction,
        -- Settled by money or by credit; a write-off settles nothing, it gives up.
        case
            when invoice_status = 'posted'
                then amount_gross_transaction - amount_open_transaction - amount_written_off_transaction
            else 0
        end as amount_paid_transaction,
        transaction_currency,
        case
            when invoice_status in ('draft', 'error') then 'draft'
            when invoice_status = 'canceled' then 'void'
            when amount_open_transaction <> 0 then 'open'
            when amount_written_off_transaction > 0 then 'uncollectible'
            else 'paid'
        end as invoice_status,
        voided_date,
        posting_batch,
        source_subscription_id,
        source_instance,
        load_id,
        recorded_at
    from {{ ref('int_zuora__invoices') }}
),

credit_notes as (
    select
        memos.source_credit_note_id,
        memos.credit_note_number,
        memos.source_invoice_id,
        accounts.source_entity_id,
        memos.source_customer_id,
        memos.credit_note_date,
        memos.amount_net_transaction,
        memos.amount_tax_transaction,
        memos.amount_gross_transaction,
        memos.amount_used_transaction,
        memos.transaction_currency,
        case
            when memos.credit_note_status in ('draft', 'error') then 'draft'
            when memos.credit_note_status = 'canceled' then 'void'
            when memos.amount_used_transaction <> memos.amount_gross_transaction then 'open'
            else 'paid'
        end as credit_note_status,
        cast(null as varchar) as posting_batch,
        cast(null as varchar) as source_subscription_id,
        memos.source_instance,
        memos.load_id,
        memos.recorded_at
    from {{ ref('stg_zuora__credit_memos') }} as memos
    left join {{ ref('stg_zuora__accounts') }} as accounts
        on
            memos.source_instance = accounts.source_instance
            and memos.source_customer_id = accounts.source_customer_id
    where not memos.is_write_off
),

documents as (
    {{ billing_documents('invoices', 'credit_notes') }}
),

final as (
    select
        * replace (
            case when amount_gross_transaction < 0 then 'credit_note' else invoice_type end as invoice_type,
            cast(amount_paid_transaction as {{ type_amount() }}) as amount_paid_transaction
        )
    from documents
)

select * from final
