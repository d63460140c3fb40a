-- One metric, two marts: the actuals beside a plan are the movements of the income statement.
with

comparisons as (
    select
        version_name,
        scenario_name,
        entity_code,
        group_account_code,
        calendar_month,
        sum(amount_actual_local) as amount_actual
    from {{ ref('mart_forecast__plan_versus_actual') }}
    where calendar_month <= {{ as_of_date() }}
    group by version_name, scenario_name, entity_code, group_account_code, calendar_month
),

ledger_ranks as (
    select
        *,
        -- Books that move to another ERP have another leading ledger from that month on.
        dense_rank() over (partition by entity_code, calendar_month order by ledger_code) as ledger_rank
    from {{ ref('mart_close__income_statements') }}
),

income_statements as (
    select
        entity_code,
        group_account_code,
        calendar_month,
        sum(amount_period_local) as amount_period
    from ledger_ranks
    where ledger_rank = 1
    group by entity_code, group_account_code, calendar_month
)

select
    comparisons.*,
    income_statements.amount_period
from comparisons
left join income_statements
    on
        comparisons.entity_code = income_statements.entity_code
        and comparisons.group_account_code = income_statements.group_account_code
        and comparisons.calendar_month = income_statements.calendar_month
where comparisons.amount_actual <> coalesce(income_statements.amount_period, 0)
