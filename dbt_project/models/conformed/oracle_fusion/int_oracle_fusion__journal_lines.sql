-- Grain: one row per line of a journal that is part of the books, with what its combination means and, where a subledger
-- made it, the transaction behind it. A line that was taken out of its journal before that was posted is told by the
-- keys alone. amount_… are signed, debit > 0.
with

lines as (
    select * from {{ ref('stg_oracle_fusion__journal_lines') }}
),

journals as (
    select * from {{ ref('int_oracle_fusion__journals') }}
),

code_combinations as (
    select * from {{ ref('int_oracle_fusion__code_combinations') }}
),

transactions as (
    select * from {{ ref('int_oracle_fusion__transactions') }}
),

line_keys as (
    select * from {{ ref('stg_oracle_fusion__journal_line_keys') }}
),

key_extracts as (
    {{ fusion_key_extracts('journallineextractpvo') }}
),

final as (
    select
        code_combinations.company_code,
        journals.fiscal_year,
        journals.fiscal_period,
        lines.header_id,
        lines.line_number,
        journals.journal_category,
        journals.effective_date,
        coalesce(journals.reference_date, journals.effective_date) as document_date,
        journals.created_at,
        code_combinations.chart_code,
        code_combinations.account_number,
        code_combinations.cost_centre_code,
        code_combinations.profit_centre_code,
        code_combinations.partner_company_code,
        lines.amount_transaction,
        lines.currency_code as transaction_currency,
        lines.amount_local,
        journals.local_currency,
        transactions.accounting_class,
        transactions.entity_code,
        transactions.source_id,
        transactions.customer_number,
        transactions.supplier_number,
        coalesce(transactions.transaction_number, lines.reference, journals.external_reference) as reference_document,
        coalesce(transactions.payment_reference, lines.reference, journals.external_reference)
            as assignment_reference,
        journals.reversed_header_id is not null as is_reversal,
        journals.is_reversed,
        journals.reversed_header_id,
        lines.line_text,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    inner join journals
        on
            lines.source_instance = journals.source_instance
            and lines.header_id = journals.header_id
    left join code_combinations
        on
            lines.source_instance = code_combinations.source_instance
            and lines.code_combination_id = code_combinations.code_combination_id
    left join transactions
        on
            lines.source_instance = transactions.source_instance
            and lines.link_id = transactions.link_id
            and lines.link_table = transactions.link_table
    left join line_keys
        on
            lines.source_instance = line_keys.source_instance
            and lines.header_id = line_keys.header_id
            and lines.line_number = line_keys.line_number
    left join key_extracts on lines.source_instance = key_extracts.source_instance
    where {{ fusion_exists('lines', 'line_keys', 'header_id', 'key_extracts') }}
)

select * from final
