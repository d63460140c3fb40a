-- Grain: one row per ledger line that an instance dates on a day on which another instance keeps the entity's books.
-- side: opening (of the new books, dated before their first day: what was brought over) or late (of the old books, dated
-- after their last day: nobody should have posted there). No movement of the entity, so not in fct_journal_lines; nothing
-- is dropped: the two together are what was landed. Signed, debit > 0.
with

journal_lines as (
    select * from {{ ref('all_journal_lines') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
    where not is_kept
),

cut_overs as (
    select * from {{ ref('entity_cut_overs') }}
),

account_slices as (
    select * from {{ ref('dim_account_slices') }}
),

final as (
    select
        {{ surrogate_key([
            'journal_lines.source_instance', 'journal_lines.ledger_code', 'journal_lines.source_entity_id',
            'journal_lines.fiscal_year', 'journal_lines.document_number', 'journal_lines.line_number'
        ]) }} as journal_line_id,
        case when journal_lines.source_instance = cut_overs.to_source_instance then 'opening' else 'late' end as side,
        cut_overs.cut_over_date,
        journal_lines.ledger_code,
        entity_crosswalk.entity_id,
        entity_crosswalk.entity_code,
        journal_lines.fiscal_year,
        journal_lines.fiscal_period,
        journal_lines.document_number,
        journal_lines.line_number,
        journal_lines.document_type,
        journal_lines.posting_date,
        account_slices.account_id,
        journal_lines.chart_code,
        journal_lines.source_account_id,
        coalesce(account_slices.group_account_code, 'UNMAPPED') as group_account_code,
        coalesce(account_slices.is_balance_sheet, true) as is_balance_sheet,
        journal_lines.amount_transaction,
        journal_lines.transaction_currency,
        journal_lines.amount_local,
        journal_lines.local_currency,
        journal_lines.reference_document,
        journal_lines.source_instance,
        journal_lines.source_entity_id,
        journal_lines.load_id,
        journal_lines.recorded_at
    from journal_lines
    inner join entity_crosswalk
        on
            journal_lines.source_instance = entity_crosswalk.source_instance
            and journal_lines.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('journal_lines.posting_date', 'entity_crosswalk') }}
    inner join cut_overs on entity_crosswalk.entity_id = cut_overs.entity_id
    left join account_slices
        on
            journal_lines.source_instance = account_slices.source_instance
            and journal_lines.chart_code = account_slices.chart_code
            and journal_lines.source_account_id = account_slices.source_account_id
            -- What was brought over is a balance of the first day.
            and {{ is_valid_on('greatest(journal_lines.posting_date, cut_overs.cut_over_date)', 'account_slices') }}
)

select * from final
