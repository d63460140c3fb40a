-- Grain: one row per transaction of a customer or supplier. Fusion applies a payment in part at once: it closes the payment
-- and lowers what is left of the invoice. The contract knows whole items only, so a transaction counts as cleared when it
-- is settled and all it was applied to are: a payment stays an item beside its invoice until the invoice is paid, and
-- both go together. An invoice in several installments is settled with the last one, and due with the first one open.
with

schedules as (
    select
        *,
        case when receipt_id is not null then 'RECEIPTS' else 'TRANSACTIONS' end as entity_code,
        coalesce(receipt_id, transaction_id) as source_id
    from {{ ref('stg_oracle_fusion__receivable_schedules') }}
),

installments as (
    select * from {{ ref('stg_oracle_fusion__payables_installments') }}
    where not is_removed
),

payables_invoices as (
    select * from {{ ref('stg_oracle_fusion__payables_invoices') }}
),

payments as (
    select * from {{ ref('stg_oracle_fusion__payables_payments') }}
),

payment_applications as (
    select * from {{ ref('stg_oracle_fusion__payment_applications') }}
    where not coalesce(is_reversal, false)
),

applied_payments as (
    select distinct
        source_instance,
        payment_id
    from payment_applications
),

paid_amounts as (
    select
        source_instance,
        invoice_id,
        sum(amount_applied) as amount_applied
    from payment_applications
    group by source_instance, invoice_id
),

applications as (
    select
        applications.source_instance,
        payers.entity_code,
        payers.source_id,
        paid.entity_code as applied_entity_code,
        paid.source_id as applied_source_id,
        applications.applied_date
    from {{ ref('stg_oracle_fusion__receivable_applications') }} as applications
    inner join schedules as payers
        on
            applications.source_instance = payers.source_instance
            and applications.schedule_id = payers.schedule_id
    inner join schedules as paid
        on
            applications.source_instance = paid.source_instance
            and applications.applied_schedule_id = paid.schedule_id
    where
        applications.application_status = 'APP'
        and applications.reversed_date is null
        and coalesce(applications.is_displayed, true)
    union all
    select
        source_instance,
        'AP_PAYMENTS' as entity_code,
        payment_id as source_id,
        'AP_INVOICES' as applied_entity_code,
        invoice_id as applied_source_id,
        applied_date
    from payment_applications
),

last_applications as (
    select
        source_instance,
        applied_entity_code as entity_code,
        applied_source_id as source_id,
        max(applied_date) as applied_date,
        max_by(entity_code, row(applied_date, source_id)) as payer_entity_code,
        max_by(source_id, row(applied_date, source_id)) as payer_source_id
    from applications
    group by source_instance, applied_entity_code, applied_source_id
),

-- A payable does not say when it was paid: the day is that of its last payment. Invoices are read after the ledger was
-- extracted: what is paid with more than was extracted is not paid in the ledger yet.
documents as (
    select
        source_instance,
        entity_code,
        source_id,
        min(schedule_class) as schedule_class,
        bool_and(status_code = 'CL') as is_settled,
        max(closed_date) as settled_date,
        coalesce(min(case when status_code = 'OP' then due_date end), max(due_date)) as due_date
    from schedules
    group by source_instance, entity_code, source_id
    union all
    select
        installments.source_instance,
        'AP_INVOICES' as entity_code,
        installments.invoice_id as source_id,
        'INV' as schedule_class,
        bool_and(
            installments.amount_unpaid = 0
            and coalesce(payables_invoices.amount_paid, 0) = coalesce(paid_amounts.amount_applied, 0)
        ) as is_settled,
        cast(null as date) as settled_date,
        coalesce(
            min(case when installments.amount_unpaid <> 0 then installments.due_date end), max(installments.due_date)
        ) as due_date
    from installments
    inner join payables_invoices
        on
            installments.source_instance = payables_invoices.source_instance
            and installments.invoice_id = payables_invoices.invoice_id
    left join paid_amounts
        on
            installments.source_instance = paid_amounts.source_instance
            and installments.invoice_id = paid_amounts.invoice_id
    group by installments.source_instance, installments.invoice_id
    union all
    -- A payment that pays no invoice is still the supplier's to use.
    select
        payments.source_instance,
        'AP_PAYMENTS' as entity_code,
        payments.payment_id as source_id,
        'PMT' as schedule_class,
        applied_payments.payment_id is not null as is_settled,
        payments.payment_date as settled_date,
        payments.payment_date as due_date
    from payments
    left join applied_payments
        on
            payments.source_instance = applied_payments.source_instance
            and payments.payment_id = applied_payments.payment_id
),

settled as (
    select
        documents.source_instance,
        documents.entity_code,
        documents.source_id,
        documents.schedule_class,
        documents.due_date,
        documents.is_settled,
        greatest(documents.settled_date, last_applications.applied_date) as settled_date,
        last_applications.payer_entity_code,
        last_applications.payer_source_id
    from documents
    left join last_applications
        on
            documents.source_instance = last_applications.source_instance
            and documents.entity_code = last_applications.entity_code
            and documents.source_id = last_applications.source_id
),

-- What a payment was applied to: it is done with when the last of that is.
applied_to as (
    select
        applications.source_instance,
        applications.entity_code,
        applications.source_id,
        bool_and(settled.is_settled) as is_settled,
        max(settled.settled_date) as settled_date,
        max_by(settled.payer_entity_code, row(settled.settled_date, settled.payer_source_id)) as payer_entity_code,
        max_by(settled.payer_source_id, row(settled.settled_date, settled.payer_source_id)) as payer_source_id
    from applications
    inner join settled
        on
            applications.source_instance = settled.source_instance
            and applications.applied_entity_code = settled.entity_code
            and applications.applied_source_id = settled.source_id
    group by applications.source_instance, applications.entity_code, applications.source_id
),

final as (
    select
        settled.entity_code,
        settled.source_id,
        settled.schedule_class,
        settled.due_date,
        settled.is_settled and coalesce(applied_to.is_settled, true) as is_cleared,
        greatest(settled.settled_date, applied_to.settled_date) as clearing_date,
        coalesce(applied_to.payer_entity_code, settled.payer_entity_code, settled.entity_code)
            as clearing_entity_code,
        coalesce(applied_to.payer_source_id, settled.payer_source_id, settled.source_id) as clearing_source_id,
        settled.source_instance
    from settled
    left join applied_to
        on
            settled.source_instance = applied_to.source_instance
            and settled.entity_code = applied_to.entity_code
            and settled.source_id = applied_to.source_id
)

select * from final
