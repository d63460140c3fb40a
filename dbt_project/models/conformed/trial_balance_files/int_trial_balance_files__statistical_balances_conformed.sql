-- Grain: one row per scenario, entity, statistical account, cost centre and fiscal period: heads, units, square feet.
-- Kept apart from money; lines of one key add up.
with

balances as (
    select * from {{ ref('stg_trial_balance_files__balances') }}
    where is_statistical
),

final as (
    select
        scenario_kind as scenario_name,
        source_entity_id,
        source_account_id,
        source_cost_centre_id,
        fiscal_year,
        fiscal_period,
        cast(sum(quantity) as {{ type_quantity() }}) as quantity,
        source_instance,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from balances
    group by
        scenario_kind,
        source_entity_id,
        source_account_id,
        source_cost_centre_id,
        fiscal_year,
        fiscal_period,
        source_instance
)

select * from final
