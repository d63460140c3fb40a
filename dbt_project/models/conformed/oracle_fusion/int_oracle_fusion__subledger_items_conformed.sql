-- Grain: one row per line of the ledger that a subledger posted as a receivable or liability. Amounts are signed as in the
-- ledger: a customer owes > 0, a supplier is owed < 0. The document is the journal, whose line is the item.
with

items as (
    select * from {{ ref('int_oracle_fusion__journal_lines') }}
    where accounting_class in ('RECEIVABLE', 'LIABILITY')
),

settlements as (
    select * from {{ ref('int_oracle_fusion__settlements') }}
),

journals_of_transactions as (
    select
        source_instance,
        entity_code,
        source_id,
        min(header_id) as header_id
    from items
    group by source_instance, entity_code, source_id
),

billed_transactions as (
    select
        source_instance,
        transaction_id,
        transaction_number
    from {{ ref('stg_oracle_fusion__receivables_invoices') }}
    union all
    select
        source_instance,
        transaction_id,
        transaction_number
    from {{ ref('stg_oracle_fusion__receivables_credit_memos') }}
),

final as (
    select
        case items.accounting_class when 'RECEIVABLE' then 'AR' else 'AP' end as subledger,
        items.company_code as source_entity_id,
        items.fiscal_year,
        items.header_id as document_number,
        items.line_number,
        items.fiscal_period,
        items.journal_category as document_type,
        case
            when settlements.schedule_class = 'PMT' then 'payment'
            when settlements.schedule_class = 'CM' then 'credit_memo'
            when items.entity_code = 'AP_INVOICES' and items.amount_transaction > 0 then 'credit_memo'
            when settlements.schedule_class = 'INV' then 'invoice'
            else 'other'
        end as item_type,
        coalesce(items.customer_number, items.supplier_number) as source_counterparty_id,
        items.account_number as source_account_id,
        items.chart_code,
        items.effective_date as posting_date,
        items.document_date,
        coalesce(settlements.due_date, items.effective_date) as due_date,
        cast(null as date) as terms_due_date,
        items.amount_transaction,
        items.transaction_currency,
        items.amount_local,
        items.local_currency,
        case
            when settlements.is_cleared then greatest(items.effective_date, settlements.clearing_date)
        end as clearing_date,
        case when settlements.is_cleared then journals_of_transactions.header_id end as clearing_document_number,
        items.reference_document,
        -- What is among the invoices of Fusion's own source was billed here; others are another system's.
        billed_transactions.transaction_number as billing_document_number,
        items.is_reversal,
        items.is_reversed,
        cast(null as varchar) as payment_terms_code,
        items.source_instance,
        items.load_id,
        items.recorded_at
    from items
    left join settlements
        on
            items.source_instance = settlements.source_instance
            and items.entity_code = settlements.entity_code
            and items.source_id = settlements.source_id
    left join journals_of_transactions
        on
            settlements.source_instance = journals_of_transactions.source_instance
            and settlements.clearing_entity_code = journals_of_transactions.entity_code
            and settlements.clearing_source_id = journals_of_transactions.source_id
    left join billed_transactions
        on
            items.source_instance = billed_transactions.source_instance
            and items.source_id = billed_transactions.transaction_id
            and items.entity_code = 'TRANSACTIONS'
)

select * from final
