-- Grain: one row per ledger, entity, fiscal period and account scope for which there is a total that the ledger must meet.
-- taken_on: source (its own count and sums) or landed (it offers none: taken on the balances or lines as they came).
-- amount_basis: postings (debits and credits of the period), movement or closing (of accounts, by the side they stand on).
-- Debits > 0, credits <= 0. The entity is that of the period's last day.
with

control_totals as (
    {{ all_systems([
        ['source', ref('all_control_totals')],
        ['landed', ref('all_balance_totals')],
    ], label_column='taken_on') }}
),

owned_entities as (
    select * from {{ ref('all_entities') }}
),

fiscal_periods as (
    select * from {{ ref('dim_fiscal_periods') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

final as (
    select
        control_totals.ledger_code,
        {{ entity_columns('control_totals.source_entity_id') }},
        control_totals.fiscal_year,
        control_totals.fiscal_period,
        control_totals.taken_on,
        coalesce(control_totals.account_scope, 'all') as account_scope,
        coalesce(control_totals.amount_basis, 'postings') as amount_basis,
        control_totals.line_count,
        control_totals.amount_debit_local,
        control_totals.amount_credit_local,
        control_totals.local_currency,
        control_totals.source_instance,
        control_totals.source_entity_id,
        control_totals.load_id,
        control_totals.recorded_at
    from control_totals
    left join owned_entities
        on
            control_totals.source_instance = owned_entities.source_instance
            and control_totals.source_entity_id = owned_entities.source_entity_id
    left join fiscal_periods
        on
            owned_entities.fiscal_calendar = fiscal_periods.fiscal_calendar
            and control_totals.fiscal_year = fiscal_periods.fiscal_year
            and control_totals.fiscal_period = fiscal_periods.fiscal_period
    left join entity_crosswalk
        on
            control_totals.source_instance = entity_crosswalk.source_instance
            and control_totals.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('coalesce(fiscal_periods.period_end_date, ' ~ as_of_date() ~ ')', 'entity_crosswalk') }}
)

select * from final
