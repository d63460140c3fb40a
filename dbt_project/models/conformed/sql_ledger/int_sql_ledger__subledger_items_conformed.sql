-- Grain: one row per item of a customer or supplier, open or cleared. Amounts are signed as in the ledger: a customer
-- owes > 0, a supplier is owed < 0.
with

items as (
    select
        *,
        'AR' as subledger
    from {{ ref('stg_sql_ledger__receivable_items') }}
    union all
    select
        *,
        'AP' as subledger
    from {{ ref('stg_sql_ledger__payable_items') }}
),

entities as (
    select * from {{ ref('stg_sql_ledger__entities') }}
),

conventions as (
    select * from {{ ref('stg_sql_ledger__conventions') }}
),

final as (
    select
        items.subledger,
        items.source_entity_id,
        {{ fiscal_year_on('items.fiscal_year', 'items.posting_date', 'entities.first_month') }} as fiscal_year,
        items.document_number,
        items.line_number,
        {{ fiscal_period_on('items.fiscal_period', 'items.posting_date', 'entities.first_month') }} as fiscal_period,
        items.document_type,
        case
            when lower(items.item_type) in ('invoice', 'credit_memo', 'payment') then lower(items.item_type)
            else 'other'
        end as item_type,
        items.source_counterparty_id,
        items.source_account_id,
        conventions.chart_code,
        items.posting_date,
        coalesce(items.document_date, items.posting_date) as document_date,
        coalesce(items.due_date, items.document_date, items.posting_date) as due_date,
        cast(null as date) as terms_due_date,
        coalesce(items.amount_transaction, items.amount_local) as amount_transaction,
        coalesce(items.transaction_currency, entities.local_currency) as transaction_currency,
        items.amount_local,
        entities.local_currency,
        items.clearing_date,
        items.clearing_document_number,
        items.reference_document,
        items.billing_document_number,
        items.is_reversal,
        items.is_reversed,
        cast(null as varchar) as payment_terms_code,
        items.source_instance,
        items.load_id,
        items.recorded_at
    from items
    inner join conventions on items.source_instance = conventions.source_instance
    left join entities
        on
            items.source_instance = entities.source_instance
            and items.source_entity_id = entities.source_entity_id
)

select * from final
