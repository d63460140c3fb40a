-- Grain: one row per entity and instance that keeps its books. An entity's documents are in all its ledgers: whoever
-- compares them with something that knows no ledgers takes the leading one, which sorts first (0L, 1). An entity that
-- moved to another ERP has one in each.
with

trial_balances as (
    select * from {{ ref('fct_trial_balances') }}
),

final as (
    select
        entity_code,
        source_instance,
        min(ledger_code) as ledger_code
    from trial_balances
    group by entity_code, source_instance
)

select * from final
