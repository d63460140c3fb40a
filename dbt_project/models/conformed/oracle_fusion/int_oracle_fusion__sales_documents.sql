-- Grain: one row per invoice or credit memo that Fusion billed itself, with the sign of the receivable. What its lines do
-- not say of its amount is tax. An invoice that a credit memo takes back whole is cancelled, and so is the credit memo.
with

documents as (
    select
        source_instance,
        load_id,
        recorded_at,
        transaction_id,
        transaction_number,
        transaction_date,
        due_date,
        customer_number,
        legal_entity_identifier,
        currency_code,
        amount_gross,
        amount_remaining,
        'invoice' as invoice_type
    from {{ ref('stg_oracle_fusion__receivables_invoices') }}
    where upper(status_code) = 'COMPLETE'
    union all
    select
        source_instance,
        load_id,
        recorded_at,
        transaction_id,
        transaction_number,
        transaction_date,
        cast(null as date) as due_date,
        customer_number,
        legal_entity_identifier,
        currency_code,
        amount_gross,
        cast(null as {{ type_amount() }}) as amount_remaining,
        'credit_note' as invoice_type
    from {{ ref('stg_oracle_fusion__receivables_credit_memos') }}
    where upper(status_code) = 'COMPLETE'
),

lines as (
    select * from {{ ref('stg_oracle_fusion__receivables_invoice_lines') }}
    where not is_removed
    union all
    select * from {{ ref('stg_oracle_fusion__receivables_credit_memo_lines') }}
    where not is_removed
),

net_amounts as (
    select
        source_instance,
        transaction_id,
        sum(amount_net) as amount_net
    from lines
    group by source_instance, transaction_id
),

schedules as (
    select * from {{ ref('stg_oracle_fusion__receivable_schedules') }}
),

remaining_amounts as (
    select
        source_instance,
        transaction_id,
        sum(amount_remaining) as amount_remaining
    from schedules
    where transaction_id is not null
    group by source_instance, transaction_id
),

credits as (
    select
        applications.source_instance,
        credit_memos.transaction_id as credit_memo_id,
        invoices.transaction_id as invoice_id,
        sum(applications.amount_applied) as amount_applied
    from {{ ref('stg_oracle_fusion__receivable_applications') }} as applications
    inner join schedules as credit_memos
        on
            applications.source_instance = credit_memos.source_instance
            and applications.schedule_id = credit_memos.schedule_id
            and credit_memos.schedule_class = 'CM'
    inner join schedules as invoices
        on
            applications.source_instance = invoices.source_instance
            and applications.applied_schedule_id = invoices.schedule_id
    where applications.application_status = 'APP' and applications.reversed_date is null
    group by applications.source_instance, credit_memos.transaction_id, invoices.transaction_id
),

whole_credits as (
    select credits.*
    from credits
    inner join documents
        on
            credits.source_instance = documents.source_instance
            and credits.invoice_id = documents.transaction_id
            and credits.amount_applied = documents.amount_gross
),

cancelled as (
    select
        source_instance,
        invoice_id as transaction_id
    from whole_credits
    union
    select
        source_instance,
        credit_memo_id as transaction_id
    from whole_credits
),

final as (
    select
        documents.transaction_id,
        documents.transaction_number,
        documents.invoice_type,
        documents.legal_entity_identifier as company_code,
        documents.customer_number,
        documents.transaction_date,
        documents.due_date,
        cast(coalesce(net_amounts.amount_net, 0) as {{ type_amount() }}) as amount_net,
        cast(documents.amount_gross - coalesce(net_amounts.amount_net, 0) as {{ type_amount() }}) as amount_tax,
        documents.amount_gross,
        cast(
            documents.amount_gross
            - coalesce(documents.amount_remaining, remaining_amounts.amount_remaining, documents.amount_gross)
            as {{ type_amount() }}
        ) as amount_paid,
        documents.currency_code,
        case
            when cancelled.transaction_id is not null then 'cancelled'
            when coalesce(documents.amount_remaining, remaining_amounts.amount_remaining) = 0 then 'paid'
            else 'open'
        end as document_status,
        documents.source_instance,
        documents.load_id,
        documents.recorded_at
    from documents
    left join net_amounts
        on
            documents.source_instance = net_amounts.source_instance
            and documents.transaction_id = net_amounts.transaction_id
    left join remaining_amounts
        on
            documents.source_instance = remaining_amounts.source_instance
            and documents.transaction_id = remaining_amounts.transaction_id
    left join cancelled
        on
            documents.source_instance = cancelled.source_instance
            and documents.transaction_id = cancelled.transaction_id
)

select * from final
