-- Grain: one row per ledger, entity and fiscal period for which a source states its own totals. Debits > 0, credits <= 0.
with

control_totals as (
    select * from {{ ref('all_control_totals') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }} as entity_crosswalk
    where {{ is_valid_on(as_of_date(), 'entity_crosswalk') }}
),

final as (
    select
        control_totals.ledger_code,
        {{ entity_columns('control_totals.source_entity_id') }},
        control_totals.fiscal_year,
        control_totals.fiscal_period,
        control_totals.line_count,
        control_totals.amount_debit_local,
        control_totals.amount_credit_local,
        control_totals.local_currency,
        control_totals.source_instance,
        control_totals.source_entity_id,
        control_totals.load_id,
        control_totals.recorded_at
    from control_totals
    left join entity_crosswalk
        on
            control_totals.source_instance = entity_crosswalk.source_instance
            and control_totals.source_entity_id = entity_crosswalk.source_entity_id
)

select * from final
