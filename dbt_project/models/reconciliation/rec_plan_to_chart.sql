-- Grain: one row per plan line. Left is the line as the planning tool exported it, right the same money once it stands
-- on canonical members, both in the sign of the export; a line that names an unknown member has nothing on the right.
with

plan_lines as (select * from {{ ref('fct_plan_lines') }}),

judged as (
    select
        plan_lines.*,
        case when plan_lines.is_on_canonical_members then 'matched' else 'missing_right' end as outcome
    from plan_lines
),

compared as (
    select
        entity_code,
        {{ month_of('period_start_date') }} as period_month,
        cast(null as varchar) as counterparty_key,
        transaction_currency as currency_code,
        source_instance as left_instance,
        plan_line_id as left_key,
        load_id as left_load_id,
        1 as left_item_count,
        period_start_date as left_date,
        amount_source as left_amount,
        case when outcome = 'matched' then source_instance end as right_instance,
        case when outcome = 'matched' then plan_line_id end as right_key,
        case when outcome = 'matched' then load_id end as right_load_id,
        case when outcome = 'matched' then 1 end as right_item_count,
        case when outcome = 'matched' then period_start_date end as right_date,
        case when outcome = 'matched' then abs(amount) * sign(amount_source) end as right_amount,
        outcome,
        case outcome when 'matched' then 'agrees' else 'unknown_member' end as cause,
        'canonical_members' as rule_name,
        case when outcome <> 'matched' then 'plan_member_unknown' end as exception_type,
        case
            when outcome <> 'matched'
                then {{ natural_key([
                    'source_instance', 'version_name', 'source_entity_id', 'group_account_code',
                    'source_cost_centre_id', 'product_family_code'
                ]) }}
        end as natural_key
    from judged
),

final as (
    {{ reconciliation_rows('plan_to_chart', 'compared') }}
)

select * from final
