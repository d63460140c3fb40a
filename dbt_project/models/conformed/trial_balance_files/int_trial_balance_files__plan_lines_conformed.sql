-- Grain: one row per scenario, entity, account, cost centre and month; lines of one key add up.
-- amount_source is positive on the account's normal side, as planning tools export it; canonical applies the ledger's sign.
with

balances as (
    select * from {{ ref('stg_trial_balance_files__balances') }}
    where scenario_kind in ('budget', 'forecast') and not is_statistical
),

final as (
    select
        scenario_kind as scenario_name,
        scenario_name as version_name,
        source_entity_id,
        source_account_id,
        source_cost_centre_id,
        cast(null as varchar) as product_family_code,
        period_start_date,
        -- Files have no calendar of their own.
        true as is_period_known,
        local_currency as transaction_currency,
        cast(
            sum(case when account_class in ('income', 'liability', 'equity') then -amount_local else amount_local end)
            as {{ type_amount() }}
        ) as amount_source,
        source_instance,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from balances
    group by
        scenario_kind,
        scenario_name,
        source_entity_id,
        source_account_id,
        source_cost_centre_id,
        period_start_date,
        local_currency,
        source_instance
)

select * from final
