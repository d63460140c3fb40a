-- Grain: one row per scenario, version, entity, account, cost centre, product family, month and currency.
-- amount_source keeps the model's sign (revenue and cost both positive); canonical applies the ledger's. A month after the
-- end of the model's calendar is one that the model cannot know (is_period_known).
with

plan_lines as (
    select * from {{ ref('stg_anaplan__plan_lines') }}
),

calendars as (
    select * from {{ ref('stg_anaplan__calendars') }}
),

final as (
    select
        plan_lines.scenario_name,
        plan_lines.version_name,
        plan_lines.source_entity_id,
        plan_lines.source_account_id,
        plan_lines.source_cost_centre_id,
        plan_lines.product_family_code,
        plan_lines.period_start_date,
        coalesce(plan_lines.period_start_date <= calendars.year_end_date, true) as is_period_known,
        plan_lines.transaction_currency,
        plan_lines.amount_source,
        plan_lines.source_instance,
        plan_lines.load_id,
        plan_lines.recorded_at
    from plan_lines
    left join calendars on plan_lines.source_instance = calendars.source_instance
)

select * from final
