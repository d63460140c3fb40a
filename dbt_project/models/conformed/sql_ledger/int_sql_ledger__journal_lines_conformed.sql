-- Grain: one row per posted line that the ledger still has. amount_… are signed, debit > 0. A line that was deleted is
-- not among the keys any more: it stays landed and goes no further. Year and period are the ledger's own; where it
-- keeps none, they are those of the posting date in the entity's calendar.
with

lines as (
    select * from {{ ref('stg_sql_ledger__journal_lines') }}
    where is_posted
),

line_keys as (
    select * from {{ ref('stg_sql_ledger__journal_line_keys') }}
),

entities as (
    select * from {{ ref('stg_sql_ledger__entities') }}
),

conventions as (
    select * from {{ ref('stg_sql_ledger__conventions') }}
),

final as (
    select
        conventions.ledger_code,
        lines.source_entity_id,
        {{ fiscal_year_on('lines.fiscal_year', 'lines.posting_date', 'entities.first_month') }} as fiscal_year,
        {{ fiscal_period_on('lines.fiscal_period', 'lines.posting_date', 'entities.first_month') }} as fiscal_period,
        lines.document_number,
        lines.line_number,
        lines.document_type,
        lines.posting_date,
        coalesce(lines.document_date, lines.posting_date) as document_date,
        lines.entry_timestamp,
        conventions.chart_code,
        lines.source_account_id,
        lines.source_cost_centre_id,
        lines.profit_centre_code,
        lines.source_customer_id,
        lines.source_supplier_id,
        lines.source_product_id,
        lines.partner_source_entity_id,
        coalesce(lines.amount_transaction, lines.amount_local) as amount_transaction,
        case
            when lines.amount_transaction is null then entities.local_currency else lines.transaction_currency
        end as transaction_currency,
        lines.amount_local,
        entities.local_currency,
        false as is_amount_local_derived,
        lines.reference_document,
        lines.assignment_reference,
        lines.is_reversal,
        lines.is_reversed,
        lines.reverses_document_number,
        lines.line_text,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    inner join conventions on lines.source_instance = conventions.source_instance
    inner join line_keys
        on
            lines.source_instance = line_keys.source_instance
            and lines.source_entity_id = line_keys.source_entity_id
            and lines.fiscal_year is not distinct from line_keys.fiscal_year
            and lines.document_number = line_keys.document_number
            and lines.line_number = line_keys.line_number
    left join entities
        on
            lines.source_instance = entities.source_instance
            and lines.source_entity_id = entities.source_entity_id
)

select * from final
