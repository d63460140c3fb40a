-- Grain: one row per journal line on a cost centre that exists and was not valid on the posting date.
with

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

cost_centres as (select * from {{ ref('dim_cost_centres') }}),

known_cost_centres as (
    select distinct
        source_instance,
        source_cost_centre_id
    from cost_centres
),

final as (
    select
        'closed_cost_centre' as exception_type,
        {{ natural_key([
            'journal_lines.source_instance', 'journal_lines.source_entity_id', 'journal_lines.fiscal_year',
            'journal_lines.document_number', 'journal_lines.line_number'
        ]) }} as natural_key,
        journal_lines.entity_code,
        journal_lines.calendar_month as period_month,
        abs(journal_lines.amount_local) as amount_transaction,
        journal_lines.local_currency as transaction_currency,
        concat_ws(
            ' ',
            'Document',
            journal_lines.document_number,
            'line',
            cast(journal_lines.line_number as varchar),
            'on cost centre',
            journal_lines.source_cost_centre_id,
            'posted on',
            cast(journal_lines.posting_date as varchar)
        ) as subject,
        journal_lines.source_instance,
        journal_lines.load_id
    from journal_lines
    inner join known_cost_centres
        on
            journal_lines.source_instance = known_cost_centres.source_instance
            and journal_lines.source_cost_centre_id = known_cost_centres.source_cost_centre_id
    where not journal_lines.is_cost_centre_valid
)

select * from final
