-- Grain: one row per cost centre with postings on days for which the company names no cost centre of the group, entity,
-- month and local currency. Only in instances whose cost centres the company does rename: elsewhere each keeps its own code.
-- The amount is what was posted on it, debit > 0.
with

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

cost_centres as (select * from {{ ref('dim_cost_centres') }}),

renamed_instances as (
    select distinct source_instance from {{ ref('map_cost_centres') }}
),

final as (
    select
        'unmapped_cost_centre' as exception_type,
        {{ natural_key(['journal_lines.source_instance', 'journal_lines.source_cost_centre_id']) }} as natural_key,
        journal_lines.entity_code,
        journal_lines.calendar_month as period_month,
        sum(journal_lines.amount_local) as amount_transaction,
        journal_lines.local_currency as transaction_currency,
        concat_ws(
            ' ', 'Cost centre', journal_lines.source_cost_centre_id, max(cost_centres.cost_centre_name)
        ) as subject,
        journal_lines.source_instance,
        {{ newest_load_id('journal_lines.load_id', 'journal_lines.recorded_at') }} as load_id
    from journal_lines
    inner join renamed_instances on journal_lines.source_instance = renamed_instances.source_instance
    inner join cost_centres
        on
            journal_lines.source_instance = cost_centres.source_instance
            and journal_lines.source_cost_centre_id = cost_centres.source_cost_centre_id
            and {{ is_valid_on('journal_lines.posting_date', 'cost_centres') }}
    where not cost_centres.is_mapped
    group by
        journal_lines.source_instance,
        journal_lines.source_cost_centre_id,
        journal_lines.entity_code,
        journal_lines.calendar_month,
        journal_lines.local_currency
)

select * from final
