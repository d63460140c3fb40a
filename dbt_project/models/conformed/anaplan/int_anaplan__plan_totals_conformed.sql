-- Grain: one row per scenario, version, entity, month and currency: the model's own count and sum of what is planned there.
-- Revenue and cost are both positive in the sum: a control total, no profit.
with

plan_totals as (
    select * from {{ ref('stg_anaplan__plan_totals') }}
),

final as (
    select
        scenario_name,
        version_name,
        source_entity_id,
        period_start_date,
        transaction_currency,
        line_count,
        amount_source,
        source_instance,
        load_id,
        recorded_at
    from plan_totals
)

select * from final
