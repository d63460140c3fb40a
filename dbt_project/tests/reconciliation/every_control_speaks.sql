-- A control that says nothing has not passed: every entity hears of its mappings, every month of books whether it sums to
-- zero and is mapped, every reconciliation whether it ties, and the group of what is asked once a night.
with

expected as (
    select
        'mappings_complete' as control_name,
        entity_code,
        cast(null as date) as period_month
    from {{ ref('dim_entities') }}
    {%- for control_name in ['trial_balance_sums_to_zero', 'accounts_mapped'] %}

    union

    select
        '{{ control_name }}' as control_name,
        entity_code,
        calendar_month as period_month
    from {{ ref('fct_trial_balances') }}
    {%- endfor %}

    union

    select
        reconciliation_name as control_name,
        coalesce(entity_code, '*') as entity_code,
        period_month
    from {{ ref('fct_reconciliations') }}
    {%- for control_name in ['ledger_loaded', 'every_item_explained', 'rows_readable'] %}

    union

    select
        '{{ control_name }}' as control_name,
        '*' as entity_code,
        {{ month_of(as_of_date()) }} as period_month
    {%- endfor %}
)

select expected.*
from expected
left join {{ ref('fct_close_status') }} as close_status
    on
        expected.control_name = close_status.control_name
        and expected.entity_code is not distinct from close_status.entity_code
        and coalesce(expected.period_month, close_status.period_month) = close_status.period_month
where close_status.control_name is null
