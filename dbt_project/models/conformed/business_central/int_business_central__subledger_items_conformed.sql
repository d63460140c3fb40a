-- Grain: one row per ledger entry of a customer or vendor. Business Central applies a payment in part at once: it closes
-- the payment by its invoice and lowers what remains of the invoice. The contract knows whole items only, so an entry
-- counts as cleared when what closed it is closed as well, and what closed that: a payment stays an item beside its
-- invoice until the invoice is paid, and both go together. The entry that came last has no mark of its own; the day it
-- closed others is the day it went.
with

entries as (
    select * from {{ ref('int_business_central__subledger_entries') }}
),

companies as (
    select * from {{ ref('int_business_central__companies') }}
),

fiscal_periods as (
    select * from {{ ref('int_business_central__fiscal_periods') }}
),

billed_documents as (
    select
        source_instance,
        company_id,
        document_number,
        'Invoice' as document_type
    from {{ ref('stg_business_central__sales_invoices') }}
    union
    select
        source_instance,
        company_id,
        document_number,
        'Credit Memo' as document_type
    from {{ ref('stg_business_central__sales_credit_memos') }}
),

last_closings as (
    select
        source_instance,
        subledger,
        company_id,
        closed_by_entry_number as entry_number,
        max(closed_date) as closed_date
    from entries
    where closed_by_entry_number is not null
    group by source_instance, subledger, company_id, closed_by_entry_number
),

closings as (
    select
        entries.source_instance,
        entries.subledger,
        entries.company_id,
        entries.entry_number,
        not entries.is_open
        and not coalesce(closing.is_open, false)
        and not coalesce(closing_of_closing.is_open, false) as is_cleared,
        greatest(
            entries.posting_date,
            coalesce(entries.closed_date, last_closings.closed_date, entries.posting_date),
            coalesce(closing.closed_date, entries.posting_date),
            coalesce(closing_of_closing.closed_date, entries.posting_date)
        ) as clearing_date,
        coalesce(closing_of_closing.document_number, closing.document_number, entries.document_number)
            as clearing_document_number
    from entries
    left join last_closings
        on
            entries.source_instance = last_closings.source_instance
            and entries.subledger = last_closings.subledger
            and entries.company_id = last_closings.company_id
            and entries.entry_number = last_closings.entry_number
    left join entries as closing
        on
            entries.source_instance = closing.source_instance
            and entries.subledger = closing.subledger
            and entries.company_id = closing.company_id
            and entries.closed_by_entry_number = closing.entry_number
    left join entries as closing_of_closing
        on
            closing.source_instance = closing_of_closing.source_instance
            and closing.subledger = closing_of_closing.subledger
            and closing.company_id = closing_of_closing.company_id
            and closing.closed_by_entry_number = closing_of_closing.entry_number
),

final as (
    select
        entries.subledger,
        companies.source_entity_id,
        fiscal_periods.fiscal_year,
        entries.document_number,
        cast(entries.entry_number as varchar) as line_number,
        fiscal_periods.fiscal_period,
        entries.document_type,
        case entries.document_type
            when 'Invoice' then 'invoice'
            when 'Credit Memo' then 'credit_memo'
            when 'Payment' then 'payment'
            when 'Refund' then 'payment'
            else 'other'
        end as item_type,
        {{ business_central_record('companies.source_entity_id', 'entries.counterparty_number') }}
            as source_counterparty_id,
        entries.account_number as source_account_id,
        companies.source_entity_id as chart_code,
        entries.posting_date,
        coalesce(entries.document_date, entries.posting_date) as document_date,
        coalesce(entries.due_date, entries.posting_date) as due_date,
        cast(null as date) as terms_due_date,
        entries.amount_transaction,
        coalesce(entries.currency_code, companies.local_currency) as transaction_currency,
        entries.amount_local,
        companies.local_currency,
        case when closings.is_cleared then closings.clearing_date end as clearing_date,
        case when closings.is_cleared then closings.clearing_document_number end as clearing_document_number,
        entries.external_document_number as reference_document,
        -- What has a sales document here was billed here; other invoices are another system's.
        billed_documents.document_number as billing_document_number,
        entries.is_reversal,
        entries.is_reversed,
        cast(null as varchar) as payment_terms_code,
        entries.source_instance,
        entries.load_id,
        entries.recorded_at
    from entries
    inner join companies
        on
            entries.source_instance = companies.source_instance
            and entries.company_id = companies.company_id
    inner join closings
        on
            entries.source_instance = closings.source_instance
            and entries.subledger = closings.subledger
            and entries.company_id = closings.company_id
            and entries.entry_number = closings.entry_number
    left join fiscal_periods
        on
            entries.source_instance = fiscal_periods.source_instance
            and entries.company_id = fiscal_periods.company_id
            and entries.posting_date between fiscal_periods.period_start_date and fiscal_periods.period_end_date
    left join billed_documents
        on
            entries.source_instance = billed_documents.source_instance
            and entries.company_id = billed_documents.company_id
            and entries.document_number = billed_documents.document_number
            and entries.document_type = billed_documents.document_type
            and entries.subledger = 'AR'
)

select * from final
