-- Grain: one row per entity and period: what the database itself counts and sums. Debits > 0, credits < 0.
with

control_totals as (
    select * from {{ ref('stg_sql_ledger__control_totals') }}
),

entities as (
    select * from {{ ref('stg_sql_ledger__entities') }}
),

conventions as (
    select * from {{ ref('stg_sql_ledger__conventions') }}
),

final as (
    select
        conventions.ledger_code,
        control_totals.source_entity_id,
        control_totals.fiscal_year,
        control_totals.fiscal_period,
        control_totals.line_count,
        control_totals.amount_debit as amount_debit_local,
        cast(-control_totals.amount_credit as {{ type_amount() }}) as amount_credit_local,
        entities.local_currency,
        control_totals.source_instance,
        control_totals.load_id,
        control_totals.recorded_at
    from control_totals
    inner join conventions on control_totals.source_instance = conventions.source_instance
    left join entities
        on
            control_totals.source_instance = entities.source_instance
            and control_totals.source_entity_id = entities.source_entity_id
)

select * from final
