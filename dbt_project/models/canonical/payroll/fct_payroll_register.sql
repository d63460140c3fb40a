-- Grain: one row per pay run, cost centre, pay component and account. amount_local is debit > 0: the cost of the employer,
-- and against it what is owed to people, funds and tax offices; a run sums to 0. No person is in it: the source summed
-- them, and a component that too few people of a cost centre have stands with others as SUMMED.
with

payroll_lines as (
    select * from {{ ref('all_payroll_lines') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

final as (
    select
        {{ surrogate_key([
            'payroll_lines.source_instance', 'payroll_lines.source_entity_id', 'payroll_lines.source_run_id',
            'payroll_lines.period_month', 'payroll_lines.pay_date', 'payroll_lines.source_cost_centre_id',
            'payroll_lines.pay_component_code', 'payroll_lines.pay_component_name', 'payroll_lines.source_account_id',
            'payroll_lines.local_currency', 'payroll_lines.is_employer_cost'
        ]) }} as payroll_line_id,
        {{ entity_columns('payroll_lines.source_entity_id') }},
        payroll_lines.source_run_id,
        payroll_lines.period_month,
        payroll_lines.pay_date,
        payroll_lines.source_cost_centre_id,
        payroll_lines.pay_component_code,
        payroll_lines.pay_component_name,
        payroll_lines.source_account_id,
        payroll_lines.amount_local,
        payroll_lines.local_currency,
        payroll_lines.is_employer_cost,
        payroll_lines.source_instance,
        payroll_lines.source_entity_id,
        payroll_lines.load_id,
        payroll_lines.recorded_at
    from payroll_lines
    left join entity_crosswalk
        on
            payroll_lines.source_instance = entity_crosswalk.source_instance
            and payroll_lines.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('payroll_lines.pay_date', 'entity_crosswalk') }}
)

select * from final
