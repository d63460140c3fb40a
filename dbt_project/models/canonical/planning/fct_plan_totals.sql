-- Grain: one row per scenario, version, entity, month and currency, of planning tools that sum what they hold.
-- Count and sum that the plan lines must meet. The sum has the tool's sign, revenue and cost both positive: it is a control
-- total, no profit. A line is counted where its amount is not zero.
with

plan_totals as (
    select * from {{ ref('all_plan_totals') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

final as (
    select
        plan_totals.scenario_name,
        plan_totals.version_name,
        {{ entity_columns('plan_totals.source_entity_id') }},
        plan_totals.period_start_date,
        plan_totals.transaction_currency,
        plan_totals.line_count,
        plan_totals.amount_source,
        plan_totals.source_instance,
        plan_totals.source_entity_id,
        plan_totals.load_id,
        plan_totals.recorded_at
    from plan_totals
    left join entity_crosswalk
        on
            plan_totals.source_instance = entity_crosswalk.source_instance
            and plan_totals.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('plan_totals.period_start_date', 'entity_crosswalk') }}
)

select * from final
