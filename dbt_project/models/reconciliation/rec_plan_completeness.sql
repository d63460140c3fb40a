-- Grain: one row per version, entity, month and currency that has a total or lines, of planning tools that sum what they
-- hold. Left is the tool's own total, right the plan lines of the warehouse, on whatever members, both in the sign of the
-- tool: revenue and cost are both positive, so the sum is a control total and no profit. A line that reads zero may be one
-- that the tool counts (too small for four decimals) or one that it does not: both counts agree. Each line was rounded to
-- four decimals: half of the last of them per line, and of the total, is rounding.
with

totals as (select * from {{ ref('fct_plan_totals') }}),

lines as (
    select
        source_instance,
        scenario_name,
        version_name,
        source_entity_id,
        entity_code,
        period_start_date,
        transaction_currency,
        {{ newest_load_id() }} as load_id,
        count(case when amount_source <> 0 then 1 end) as line_count,
        count(*) as line_count_with_zeros,
        sum(amount_source) as amount_source
    from {{ ref('fct_plan_lines') }}
    where is_held_against_totals
    group by
        source_instance, scenario_name, version_name, source_entity_id, entity_code, period_start_date,
        transaction_currency
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'plan_completeness'
),

paired as (
    select
        coalesce(totals.source_instance, lines.source_instance) as source_instance,
        coalesce(totals.version_name, lines.version_name) as version_name,
        coalesce(totals.source_entity_id, lines.source_entity_id) as source_entity_id,
        coalesce(totals.entity_code, lines.entity_code) as entity_code,
        coalesce(totals.period_start_date, lines.period_start_date) as period_start_date,
        coalesce(totals.transaction_currency, lines.transaction_currency) as transaction_currency,
        totals.load_id as left_load_id,
        totals.line_count as left_line_count,
        totals.amount_source as left_amount,
        lines.load_id as right_load_id,
        lines.line_count as right_line_count,
        lines.line_count_with_zeros as right_line_count_with_zeros,
        lines.amount_source as right_amount
    from totals
    full outer join lines
        on
            totals.source_instance = lines.source_instance
            and totals.scenario_name = lines.scenario_name
            and totals.version_name = lines.version_name
            and totals.source_entity_id = lines.source_entity_id
            and totals.period_start_date = lines.period_start_date
            and totals.transaction_currency = lines.transaction_currency
),

measured as (
    select
        paired.*,
        concat_ws(
            '|', paired.version_name, paired.source_entity_id, paired.transaction_currency, paired.period_start_date
        ) as total_key,
        abs(coalesce(paired.left_amount, 0) - coalesce(paired.right_amount, 0)) as difference,
        greatest(
            {{ allowed_difference('coalesce(paired.left_amount, 0)', 'tolerances') }},
            (coalesce(paired.right_line_count, 0) + 1) * 0.00005
        ) as difference_allowed,
        coalesce(paired.left_line_count, 0) > coalesce(paired.right_line_count_with_zeros, 0) as are_lines_missing,
        coalesce(paired.left_line_count, 0) < coalesce(paired.right_line_count, 0) as are_lines_too_many
    from paired
    left join tolerances on paired.transaction_currency = tolerances.currency_code
),

judged as (
    select
        *,
        case
            when not are_lines_missing and not are_lines_too_many and difference = 0 then 'matched'
            when not are_lines_missing and not are_lines_too_many and difference <= difference_allowed
                then 'matched_within_tolerance'
            when right_line_count is null then 'missing_right'
            when left_line_count is null then 'missing_left'
            else 'amount_difference'
        end as outcome
    from measured
),

compared as (
    select
        entity_code,
        {{ month_of('period_start_date') }} as period_month,
        cast(null as varchar) as counterparty_key,
        transaction_currency as currency_code,
        case when left_line_count is not null then source_instance end as left_instance,
        case when left_line_count is not null then total_key end as left_key,
        left_load_id,
        left_line_count as left_item_count,
        period_start_date as left_date,
        left_amount,
        case when right_line_count is not null then source_instance end as right_instance,
        case when right_line_count is not null then total_key end as right_key,
        right_load_id,
        right_line_count as right_item_count,
        period_start_date as right_date,
        right_amount,
        outcome,
        case
            when outcome = 'matched' then 'agrees'
            when outcome = 'matched_within_tolerance' then 'rounding'
            when outcome = 'missing_right' then 'period_not_loaded'
            when outcome = 'missing_left' then 'period_unknown_to_source'
            when are_lines_missing then 'lines_missing'
            when are_lines_too_many then 'lines_too_many'
            else 'amounts_differ'
        end as cause,
        'control_total' as rule_name,
        case when outcome not in ('matched', 'matched_within_tolerance') then 'plan_incomplete' end as exception_type,
        -- A version of an entity is loaded again as a whole, however many of its months differ.
        case
            when outcome not in ('matched', 'matched_within_tolerance')
                then {{ natural_key(['source_instance', 'version_name', 'source_entity_id']) }}
        end as natural_key
    from judged
),

final as (
    {{ reconciliation_rows('plan_completeness', 'compared') }}
)

select * from final
