-- Grain: one row per line that posts, in the accounting book the instance reads. amount_… are signed, debit > 0. A
-- transaction is a document; its id is unique in the whole installation, its printed number is not (a bill's is the
-- vendor's). Period and year are those of the posting period, which need not be the one of the date.
with

lines as (
    select * from {{ ref('int_netsuite__transaction_lines') }}
    where is_posting
),

transactions as (
    select * from {{ ref('int_netsuite__transactions') }}
),

classes as (
    select * from {{ ref('stg_netsuite__classes') }}
),

customers as (
    select * from {{ ref('stg_netsuite__customers') }}
),

vendors as (
    select * from {{ ref('stg_netsuite__vendors') }}
),

final as (
    select
        lines.accounting_book_id as ledger_code,
        lines.source_entity_id,
        lines.fiscal_year,
        lines.fiscal_period,
        lines.transaction_id as document_number,
        lines.line_number,
        lines.transaction_type as document_type,
        lines.transaction_date as posting_date,
        -- NetSuite has one date for the business and the books.
        lines.transaction_date as document_date,
        transactions.created_at as entry_timestamp,
        {{ netsuite_chart() }} as chart_code,
        lines.source_account_id,
        lines.source_cost_centre_id,
        classes.class_name as profit_centre_code,
        customers.source_customer_id,
        vendors.source_supplier_id,
        lines.source_product_id,
        -- The trading partner is on the customer's or vendor's record, and only where intercompany is switched on.
        cast(null as varchar) as partner_source_entity_id,
        lines.amount_transaction,
        lines.transaction_currency,
        lines.amount_local,
        lines.local_currency,
        false as is_amount_local_derived,
        coalesce(transactions.other_reference, transactions.transaction_reference) as reference_document,
        transactions.other_reference as assignment_reference,
        transactions.is_reversal,
        transactions.reversed_by_transaction_id is not null as is_reversed,
        reversed_transactions.transaction_id as reverses_document_number,
        lines.line_text,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    inner join transactions
        on
            lines.source_instance = transactions.source_instance
            and lines.transaction_id = transactions.transaction_id
    left join transactions as reversed_transactions
        on
            transactions.source_instance = reversed_transactions.source_instance
            and transactions.transaction_id = reversed_transactions.reversed_by_transaction_id
            and transactions.is_reversal
    left join classes
        on
            lines.source_instance = classes.source_instance
            and lines.class_id = classes.class_id
    left join customers
        on
            lines.source_instance = customers.source_instance
            and lines.line_counterparty_id = customers.source_customer_id
    left join vendors
        on
            lines.source_instance = vendors.source_instance
            and lines.line_counterparty_id = vendors.source_supplier_id
)

select * from final
