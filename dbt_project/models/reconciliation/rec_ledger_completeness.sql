-- Grain: one row per ledger, entity, fiscal period and account scope for which there is a control total: the source's own,
-- or for files the one taken on what was landed. Amounts are the turnover, debits plus credits without their signs, because
-- their signed sum is 0 whatever is missing; item counts are the lines that were counted and the canonical ledger holds.
with

source_totals as (
    select
        source_instance,
        ledger_code,
        entity_code,
        fiscal_year,
        fiscal_period,
        account_scope,
        local_currency,
        max(load_id) as load_id,
        sum(line_count) as line_count,
        sum(amount_debit_local) as amount_debit_local,
        sum(amount_credit_local) as amount_credit_local
    from {{ ref('fct_control_totals') }}
    -- Two company codes may be one entity.
    group by source_instance, ledger_code, entity_code, fiscal_year, fiscal_period, account_scope, local_currency
),

canonical_totals as (select * from {{ ref('fct_ledger_totals') }}),

fiscal_periods as (select * from {{ ref('dim_fiscal_periods') }}),

entities as (select * from {{ ref('dim_entities') }}),

paired as (
    select
        coalesce(source_totals.source_instance, canonical_totals.source_instance) as source_instance,
        coalesce(source_totals.ledger_code, canonical_totals.ledger_code) as ledger_code,
        coalesce(source_totals.entity_code, canonical_totals.entity_code) as entity_code,
        coalesce(source_totals.fiscal_year, canonical_totals.fiscal_year) as fiscal_year,
        coalesce(source_totals.fiscal_period, canonical_totals.fiscal_period) as fiscal_period,
        nullif(coalesce(source_totals.account_scope, canonical_totals.account_scope), 'all') as account_scope,
        coalesce(source_totals.local_currency, canonical_totals.local_currency) as local_currency,
        source_totals.load_id as left_load_id,
        source_totals.line_count as left_line_count,
        source_totals.amount_debit_local as left_debit,
        source_totals.amount_credit_local as left_credit,
        canonical_totals.load_id as right_load_id,
        canonical_totals.line_count as right_line_count,
        canonical_totals.amount_debit_local as right_debit,
        canonical_totals.amount_credit_local as right_credit
    from source_totals
    full outer join canonical_totals
        on
            source_totals.source_instance = canonical_totals.source_instance
            and source_totals.ledger_code = canonical_totals.ledger_code
            and source_totals.entity_code = canonical_totals.entity_code
            and source_totals.fiscal_year = canonical_totals.fiscal_year
            and source_totals.fiscal_period = canonical_totals.fiscal_period
            and source_totals.account_scope = canonical_totals.account_scope
            and source_totals.local_currency = canonical_totals.local_currency
),

judged as (
    select
        *,
        concat_ws('|', ledger_code, entity_code, fiscal_year, fiscal_period, account_scope) as period_key,
        case
            when right_line_count is null then 'missing_right'
            when left_line_count is null then 'missing_left'
            when left_debit <> right_debit or left_credit <> right_credit then 'amount_difference'
            when left_line_count <> right_line_count then 'amount_difference'
            else 'matched'
        end as outcome,
        case
            when right_line_count is null then 'period_not_loaded'
            when left_line_count is null then 'period_unknown_to_source'
            when left_line_count > right_line_count then 'lines_missing'
            when left_line_count < right_line_count then 'lines_too_many'
            when left_debit <> right_debit or left_credit <> right_credit then 'amounts_differ'
            else 'agrees'
        end as cause
    from paired
),

compared as (
    select
        judged.entity_code,
        {{ month_of('fiscal_periods.period_end_date') }} as period_month,
        cast(null as varchar) as counterparty_key,
        judged.local_currency as currency_code,
        case when judged.left_line_count is not null then judged.source_instance end as left_instance,
        case when judged.left_line_count is not null then judged.period_key end as left_key,
        judged.left_load_id,
        judged.left_line_count as left_item_count,
        fiscal_periods.period_end_date as left_date,
        judged.left_debit - judged.left_credit as left_amount,
        case when judged.right_line_count is not null then judged.source_instance end as right_instance,
        case when judged.right_line_count is not null then judged.period_key end as right_key,
        judged.right_load_id,
        judged.right_line_count as right_item_count,
        fiscal_periods.period_end_date as right_date,
        judged.right_debit - judged.right_credit as right_amount,
        judged.outcome,
        judged.cause,
        'control_total' as rule_name,
        case when judged.outcome <> 'matched' then 'ledger_incomplete' end as exception_type,
        case
            when judged.outcome <> 'matched' then {{ natural_key(['judged.source_instance', 'judged.period_key']) }}
        end as natural_key
    from judged
    left join entities on judged.entity_code = entities.entity_code
    left join fiscal_periods
        on
            entities.fiscal_calendar = fiscal_periods.fiscal_calendar
            and judged.fiscal_year = fiscal_periods.fiscal_year
            and judged.fiscal_period = fiscal_periods.fiscal_period
),

final as (
    {{ reconciliation_rows('ledger_completeness', 'compared') }}
)

select * from final
