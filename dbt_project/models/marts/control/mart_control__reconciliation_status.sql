-- Grain: one row per reconciliation, entity, currency, outcome and cause. Amounts are in currency_code, difference is
-- left − right; what is matched and what is not adds up to both populations.
with

summaries as (select * from {{ ref('fct_reconciliation_summaries') }}),

definitions as (select * from {{ ref('reconciliation_definitions') }}),

entities as (select * from {{ ref('dim_entities') }}),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        summaries.reconciliation_name,
        definitions.title as reconciliation_title,
        definitions.left_title,
        definitions.right_title,
        coalesce(summaries.entity_code, '*') as entity_code,
        entities.entity_name,
        coalesce(summaries.currency_code, '*') as currency_code,
        summaries.outcome,
        summaries.cause,
        summaries.exception_count > 0 as is_open,
        summaries.left_item_count,
        summaries.left_amount,
        summaries.right_item_count,
        summaries.right_amount,
        summaries.amount_difference,
        summaries.amount_difference_group,
        summaries.group_currency,
        summaries.exception_count
    from summaries
    left join definitions on summaries.reconciliation_name = definitions.reconciliation_name
    left join entities on summaries.entity_code = entities.entity_code
)

select * from final
