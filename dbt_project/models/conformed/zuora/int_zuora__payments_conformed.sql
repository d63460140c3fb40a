-- Grain: one row per payment and invoice it settles, one for what a payment settles nothing with, and one per refund and
-- what it pays back. Payments > 0, refunds < 0. Fees and pay-outs are the gateway's and not known.
with

collected as (
    select * from {{ ref('stg_zuora__payments') }}
    where not is_deleted
),

settlements as (
    select
        source_instance,
        source_payment_id,
        source_invoice_id,
        amount_settled
    from {{ ref('stg_zuora__payment_parts') }}
    where not is_deleted and source_invoice_id is not null
),

payments as (
    select
        *,
        -- What failed settles nothing, and Zuora does not say what it was for.
        cast(null as varchar) as meant_for_invoice_id
    from collected
),

payment_rows as (
    {{ payment_shares('payments', 'settlements') }}
),

repaid as (
    select * from {{ ref('stg_zuora__refunds') }}
),

memos as (
    select * from {{ ref('stg_zuora__credit_memos') }}
),

refunded as (
    select
        applications.source_instance,
        applications.source_refund_id as source_payment_id,
        coalesce(applications.source_invoice_id, memos.source_invoice_id) as source_invoice_id,
        applications.amount_applied as amount_settled
    from {{ ref('stg_zuora__refund_applications') }} as applications
    left join memos
        on
            applications.source_instance = memos.source_instance
            and applications.source_credit_note_id = memos.source_credit_note_id
),

repayments as (
    select
        source_instance,
        source_refund_id as source_payment_id,
        amount_transaction,
        cast(null as varchar) as meant_for_invoice_id
    from repaid
),

repayment_rows as (
    {{ payment_shares('repayments', 'refunded') }}
),

final as (
    select
        {{ natural_key(['payment_rows.source_payment_id', 'payment_rows.source_invoice_id']) }} as source_payment_id,
        'charge' as payment_type,
        collected.source_customer_id,
        payment_rows.source_invoice_id,
        collected.payment_date,
        cast(payment_rows.amount_share as {{ type_amount() }}) as amount_transaction,
        cast(null as {{ type_amount() }}) as amount_fee_transaction,
        collected.transaction_currency,
        case collected.payment_status
            when 'processed' then 'succeeded'
            when 'posted' then 'succeeded'
            when 'processing' then 'pending'
            when 'draft' then 'pending'
            when 'error' then 'failed'
            else 'canceled'
        end as payment_status,
        cast(null as varchar) as source_payout_id,
        collected.source_instance,
        collected.load_id,
        collected.recorded_at
    from payment_rows
    inner join collected
        on
            payment_rows.source_instance = collected.source_instance
            and payment_rows.source_payment_id = collected.source_payment_id
    union all
    select
        {{ natural_key(['repayment_rows.source_payment_id', 'repayment_rows.source_invoice_id']) }}
            as source_payment_id,
        'refund' as payment_type,
        repaid.source_customer_id,
        repayment_rows.source_invoice_id,
        repaid.refund_date as payment_date,
        cast(-repayment_rows.amount_share as {{ type_amount() }}) as amount_transaction,
        cast(null as {{ type_amount() }}) as amount_fee_transaction,
        repaid.transaction_currency,
        case repaid.refund_status
            when 'processed' then 'succeeded'
            when 'processing' then 'pending'
            when 'error' then 'failed'
            else 'canceled'
        end as payment_status,
        cast(null as varchar) as source_payout_id,
        repaid.source_instance,
        repaid.load_id,
        repaid.recorded_at
    from repayment_rows
    inner join repaid
        on
            repayment_rows.source_instance = repaid.source_instance
            and repayment_rows.source_payment_id = repaid.source_refund_id
)

select * from final
