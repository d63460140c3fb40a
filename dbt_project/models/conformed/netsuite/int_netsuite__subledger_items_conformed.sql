-- Grain: one row per line on an account of receivables or payables. Amounts are signed as in the ledger: a customer
-- owes > 0, a supplier is owed < 0. NetSuite applies a payment in part at once and lowers what is unpaid; the contract
-- knows whole items only, so a payment stays an item beside its invoice until the invoice is paid, and both go
-- together.
with

lines as (
    select * from {{ ref('int_netsuite__transaction_lines') }}
    where is_posting and account_type in ('ACCTREC', 'ACCTPAY')
),

transactions as (
    select * from {{ ref('int_netsuite__transactions') }}
),

-- A link that the transaction that pays came without was taken back.
links as (
    select links.*
    from {{ ref('stg_netsuite__line_links') }} as links
    inner join transactions
        on
            links.source_instance = transactions.source_instance
            and links.applied_transaction_id = transactions.transaction_id
    where not links.is_removed
),

last_applications as (
    select
        source_instance,
        transaction_id,
        line_number,
        max(applied_date) as applied_date,
        max_by(applied_transaction_id, row(applied_date, applied_transaction_id)) as applied_transaction_id
    from links
    group by source_instance, transaction_id, line_number
),

settled_lines as (
    select
        lines.source_instance,
        lines.transaction_id,
        lines.line_number,
        coalesce(lines.amount_unpaid, lines.amount_unused) = 0 as is_settled,
        greatest(lines.transaction_date, coalesce(last_applications.applied_date, lines.transaction_date))
            as settled_date,
        coalesce(last_applications.applied_transaction_id, lines.transaction_id) as settled_by_transaction_id
    from lines
    left join last_applications
        on
            lines.source_instance = last_applications.source_instance
            and lines.transaction_id = last_applications.transaction_id
            and lines.line_number = last_applications.line_number
),

-- What a payment was applied to: it is done with when the last of that is.
paid_lines as (
    select
        links.source_instance,
        links.applied_transaction_id,
        bool_and(settled_lines.is_settled) as is_settled,
        max(settled_lines.settled_date) as settled_date,
        max_by(
            settled_lines.settled_by_transaction_id,
            row(settled_lines.settled_date, settled_lines.settled_by_transaction_id)
        ) as settled_by_transaction_id
    from links
    inner join settled_lines
        on
            links.source_instance = settled_lines.source_instance
            and links.transaction_id = settled_lines.transaction_id
            and links.line_number = settled_lines.line_number
    group by links.source_instance, links.applied_transaction_id
),

clearings as (
    select
        settled_lines.source_instance,
        settled_lines.transaction_id,
        settled_lines.line_number,
        settled_lines.is_settled and coalesce(paid_lines.is_settled, true) as is_cleared,
        greatest(settled_lines.settled_date, coalesce(paid_lines.settled_date, settled_lines.settled_date))
            as clearing_date,
        coalesce(paid_lines.settled_by_transaction_id, settled_lines.settled_by_transaction_id)
            as clearing_document_number
    from settled_lines
    left join paid_lines
        on
            settled_lines.source_instance = paid_lines.source_instance
            and settled_lines.transaction_id = paid_lines.applied_transaction_id
),

final as (
    select
        case lines.account_type when 'ACCTREC' then 'AR' else 'AP' end as subledger,
        lines.source_entity_id,
        lines.fiscal_year,
        lines.transaction_id as document_number,
        lines.line_number,
        lines.fiscal_period,
        lines.transaction_type as document_type,
        case
            when lines.transaction_type in ('CustInvc', 'VendBill') then 'invoice'
            when lines.transaction_type in ('CustCred', 'VendCred') then 'credit_memo'
            when lines.transaction_type in ('CustPymt', 'CustRfnd', 'VendPymt') then 'payment'
            else 'other'
        end as item_type,
        lines.counterparty_id as source_counterparty_id,
        lines.source_account_id,
        {{ netsuite_chart() }} as chart_code,
        lines.transaction_date as posting_date,
        lines.transaction_date as document_date,
        coalesce(transactions.due_date, lines.transaction_date) as due_date,
        cast(null as date) as terms_due_date,
        lines.amount_transaction,
        lines.transaction_currency,
        lines.amount_local,
        lines.local_currency,
        case when clearings.is_cleared then clearings.clearing_date end as clearing_date,
        case when clearings.is_cleared then clearings.clearing_document_number end as clearing_document_number,
        transactions.other_reference as reference_document,
        -- What was made from an order or an invoice here was billed here; other invoices are another system's.
        case
            when lines.created_from_transaction_id is not null then transactions.transaction_reference
        end as billing_document_number,
        transactions.is_reversal,
        transactions.reversed_by_transaction_id is not null as is_reversed,
        cast(null as varchar) as payment_terms_code,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    inner join transactions
        on
            lines.source_instance = transactions.source_instance
            and lines.transaction_id = transactions.transaction_id
    left join clearings
        on
            lines.source_instance = clearings.source_instance
            and lines.transaction_id = clearings.transaction_id
            and lines.line_number = clearings.line_number
)

select * from final
