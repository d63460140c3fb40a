-- Grain: one row per scenario, version, entity, group account, cost centre, product family, month and currency.
-- amount has the ledger's sign by the account's class: planned income and liabilities are credits (< 0), planned expense
-- and assets debits (> 0); amount_source is what the planning tool exported. A line whose account the group chart does
-- not know has no sign, so no amount: it is kept, flagged, and its amount_source counted.
with

plan_lines as (
    select * from {{ ref('all_plan_lines') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

entities as (
    select * from {{ ref('dim_entities') }}
),

group_accounts as (
    select * from {{ ref('map_group_accounts') }}
),

cost_centre_mappings as (
    select * from {{ ref('map_cost_centres') }}
),

group_cost_centres as (
    select distinct group_cost_centre_code from {{ ref('dim_cost_centres') }}
),

families as (
    select * from {{ ref('map_families') }}
),

currencies as (
    select * from {{ ref('dim_currencies') }}
),

instances_with_totals as (
    select distinct source_instance from {{ ref('all_plan_totals') }}
),

resolved as (
    select
        plan_lines.*,
        {{ entity_columns('plan_lines.source_entity_id') }},
        group_accounts.account_class,
        group_accounts.group_account_code is not null as is_account_known,
        coalesce(cost_centre_mappings.group_cost_centre_code, plan_lines.source_cost_centre_id)
            as group_cost_centre_code,
        families.product_family_code is not null as is_product_family_known,
        currencies.currency_code is not null as is_currency_known
    from plan_lines
    left join entity_crosswalk
        on
            plan_lines.source_instance = entity_crosswalk.source_instance
            and plan_lines.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('plan_lines.period_start_date', 'entity_crosswalk') }}
    left join group_accounts
        on
            plan_lines.source_account_id = group_accounts.group_account_code
            and {{ is_valid_on('plan_lines.period_start_date', 'group_accounts') }}
    left join cost_centre_mappings
        on
            plan_lines.source_instance = cost_centre_mappings.source_instance
            and plan_lines.source_cost_centre_id = cost_centre_mappings.source_cost_centre_id
            and {{ is_valid_on('plan_lines.period_start_date', 'cost_centre_mappings') }}
    left join families
        on
            plan_lines.product_family_code = families.product_family_code
            and {{ is_valid_on('plan_lines.period_start_date', 'families') }}
    left join currencies on plan_lines.transaction_currency = currencies.currency_code
),

final as (
    select
        {{ surrogate_key([
            'resolved.source_instance', 'resolved.scenario_name', 'resolved.version_name', 'resolved.source_entity_id',
            'resolved.source_account_id', 'resolved.source_cost_centre_id', 'resolved.product_family_code',
            'resolved.period_start_date', 'resolved.transaction_currency'
        ]) }} as plan_line_id,
        resolved.scenario_name,
        resolved.version_name,
        resolved.entity_id,
        resolved.entity_code,
        resolved.source_account_id as group_account_code,
        coalesce(resolved.account_class, 'unmapped') as account_class,
        resolved.source_cost_centre_id,
        resolved.group_cost_centre_code,
        resolved.product_family_code,
        resolved.period_start_date,
        resolved.period_start_date as calendar_month,
        case
            when resolved.account_class in ('income', 'liability', 'equity') then -resolved.amount_source
            when resolved.account_class in ('expense', 'asset') then resolved.amount_source
        end as amount,
        resolved.amount_source,
        resolved.transaction_currency,
        entities.entity_code is not null as is_entity_known,
        resolved.is_account_known,
        resolved.source_cost_centre_id is null or group_cost_centres.group_cost_centre_code is not null
            as is_cost_centre_known,
        resolved.product_family_code is null or resolved.is_product_family_known as is_product_family_known,
        resolved.is_period_known,
        entities.entity_code is not null
        and resolved.is_account_known
        and resolved.is_currency_known
        and resolved.is_period_known
        and (resolved.source_cost_centre_id is null or group_cost_centres.group_cost_centre_code is not null)
        and (resolved.product_family_code is null or resolved.is_product_family_known) as is_on_canonical_members,
        instances_with_totals.source_instance is not null as is_held_against_totals,
        resolved.source_instance,
        resolved.source_entity_id,
        resolved.load_id,
        resolved.recorded_at
    from resolved
    left join entities on resolved.entity_code = entities.entity_code
    left join instances_with_totals on resolved.source_instance = instances_with_totals.source_instance
    left join group_cost_centres on resolved.group_cost_centre_code = group_cost_centres.group_cost_centre_code
)

select * from final
