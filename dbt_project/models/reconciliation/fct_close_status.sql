-- Grain: one row per control, entity ('*' for the group) and month; what belongs to no month is a matter of the as-of
-- date's. A control that is blocking and has not passed stops marts and publication; one that blocks the close, and has
-- not passed, keeps the month of its entity from being signed. amount_difference is in currency_code, without sign.
with

entities as (select * from {{ ref('dim_entities') }}),

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

reconciliations as (
    select
        *,
        -- What another item of the same exception tells would count its money again.
        natural_key is not null and coalesce(cause, '') <> 'told_elsewhere' as is_open
    from {{ ref('fct_reconciliations') }}
),

reconciliation_definitions as (select * from {{ ref('reconciliation_definitions') }}),

populations as (select * from {{ ref('fct_reconciliation_populations') }}),

exception_types as (select * from {{ ref('exception_types') }}),

exceptions as (
    select
        exception_months.entity_code,
        exception_months.period_month,
        exception_months.amount_at_risk_group,
        of_all_months.reconciliation_name,
        of_all_months.owner,
        exception_types.close_control
    from {{ ref('exception_months') }} as exception_months
    inner join {{ ref('fct_exceptions') }} as of_all_months
        on exception_months.exception_id = of_all_months.exception_id
    left join exception_types on of_all_months.exception_type = exception_types.exception_type
),

exception_owners as (select * from {{ ref('dim_exception_owners') }}),

accepted_loads as (select * from {{ source('control', 'accepted_loads') }}),

-- Is there a ledger at all: an accepted load of an instance that owns entities, and balances from it.
ledger_loads as (
    select
        'ledger_loaded' as control_name,
        'GL' as module,
        '*' as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        true as is_blocking,
        true as blocks_close,
        count(*) > 0 as is_passed,
        concat(cast(count(*) as varchar), ' entities with balances from accepted loads') as detail,
        cast(null as {{ type_amount() }}) as amount_difference,
        cast(null as varchar) as currency_code
    from (
        select distinct trial_balances.entity_code
        from trial_balances
        where trial_balances.source_instance in (select accepted_loads.instance from accepted_loads)
    ) as entities_with_balances
),

-- Somebody has asked to live without a group account for a time, and somebody else has agreed.
waived_accounts as (
    select natural_key
    from {{ source('control', 'exceptions') }}
    where type = 'unmapped_account' and status = 'waived'
),

balances as (
    select
        trial_balances.*,
        case
            when
                trial_balances.group_account_code = 'UNMAPPED'
                and trial_balances.amount_closing_local <> 0
                and waived_accounts.natural_key is null
                then trial_balances.source_account_id
        end as unmapped_account_id
    from trial_balances
    left join waived_accounts
        on
            waived_accounts.natural_key
            = {{ natural_key([
                'trial_balances.source_instance', 'trial_balances.chart_code', 'trial_balances.source_account_id'
            ]) }}
),

period_sums as (
    select
        entity_code,
        ledger_code,
        calendar_month,
        fiscal_year,
        fiscal_period,
        min(local_currency) as local_currency,
        sum(amount_closing_local) as amount_left_over,
        count(unmapped_account_id) as unmapped_count,
        sum(case when unmapped_account_id is not null then abs(amount_closing_local) else 0 end) as amount_unmapped,
        string_agg(distinct unmapped_account_id, ', ' order by unmapped_account_id) as unmapped_account_ids
    from balances
    group by entity_code, ledger_code, calendar_month, fiscal_year, fiscal_period
),

balanced_ledgers as (
    select
        'trial_balance_sums_to_zero' as control_name,
        'GL' as module,
        entity_code,
        calendar_month as period_month,
        true as is_blocking,
        true as blocks_close,
        count(case when amount_left_over <> 0 then 1 end) = 0 as is_passed,
        concat_ws(
            ' ', cast(count(case when amount_left_over <> 0 then 1 end) as varchar), 'of',
            cast(count(*) as varchar), 'balances do not sum to zero'
        ) as detail,
        cast(max(abs(amount_left_over)) as {{ type_amount() }}) as amount_difference,
        min(local_currency) as currency_code
    from period_sums
    group by entity_code, calendar_month
),

-- An account that nobody has mapped, or waived, is in no statement of any month it has a balance in.
mapped_accounts as (
    select
        'accounts_mapped' as control_name,
        'GL' as module,
        entity_code,
        calendar_month as period_month,
        false as is_blocking,
        true as blocks_close,
        sum(unmapped_count) = 0 as is_passed,
        concat_ws(
            ': ',
            cast(sum(unmapped_count) as varchar) || ' balances on accounts without group account',
            string_agg(distinct unmapped_account_ids, ', ' order by unmapped_account_ids)
        ) as detail,
        cast(sum(amount_unmapped) as {{ type_amount() }}) as amount_difference,
        min(local_currency) as currency_code
    from period_sums
    group by entity_code, calendar_month
),

-- What of a reconciliation is open holds up a close as an exception, by its severity.
reconciled_entities as (
    select
        reconciliation_definitions.reconciliation_name as control_name,
        reconciliation_definitions.module,
        coalesce(reconciliations.entity_code, '*') as entity_code,
        coalesce(reconciliations.period_month, {{ month_of(as_of_date()) }}) as period_month,
        reconciliation_definitions.is_blocking,
        reconciliation_definitions.is_blocking as blocks_close,
        count(reconciliations.natural_key) = 0 as is_passed,
        concat_ws(
            ' ',
            cast(count(case when reconciliations.is_open then 1 end) as varchar),
            'open of',
            cast(count(*) as varchar),
            'comparisons'
        ) as detail,
        cast(
            sum(case when reconciliations.is_open then abs(reconciliations.amount_difference_group) end)
            as {{ type_amount() }}
        ) as amount_difference,
        cast('{{ var("group_currency") }}' as varchar) as currency_code
    from reconciliations
    inner join reconciliation_definitions
        on reconciliations.reconciliation_name = reconciliation_definitions.reconciliation_name
    group by
        reconciliation_definitions.reconciliation_name,
        reconciliation_definitions.module,
        coalesce(reconciliations.entity_code, '*'),
        coalesce(reconciliations.period_month, {{ month_of(as_of_date()) }}),
        reconciliation_definitions.is_blocking
),

items_out as (
    select
        reconciliation_name,
        'left' as side,
        currency_code,
        sum(left_item_count) as item_count,
        sum(left_amount) as amount
    from reconciliations
    group by reconciliation_name, currency_code

    union all

    select
        reconciliation_name,
        'right' as side,
        currency_code,
        sum(right_item_count) as item_count,
        sum(right_amount) as amount
    from reconciliations
    group by reconciliation_name, currency_code
),

items_lost as (
    select distinct populations.reconciliation_name || ' ' || populations.side as population
    from populations
    left join items_out
        on
            populations.reconciliation_name = items_out.reconciliation_name
            and populations.side = items_out.side
            and populations.currency_code is not distinct from items_out.currency_code
    where
        populations.item_count <> coalesce(items_out.item_count, 0)
        or populations.amount <> coalesce(items_out.amount, 0)
),

items_explained as (
    select
        'every_item_explained' as control_name,
        'GL' as module,
        '*' as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        true as is_blocking,
        true as blocks_close,
        count(*) = 0 as is_passed,
        coalesce(
            'items in differ from items out: '
            || string_agg(population, ', ' order by population),
            'items in equal items out'
        ) as detail,
        cast(null as {{ type_amount() }}) as amount_difference,
        cast(null as varchar) as currency_code
    from items_lost
),

-- The gaps that leave money without a place, in every month that they concern.
complete_mappings as (
    select
        'mappings_complete' as control_name,
        'GL' as module,
        entity_code,
        period_month,
        false as is_blocking,
        false as blocks_close,
        false as is_passed,
        concat(cast(count(*) as varchar), ' gaps in mappings, rates or master data') as detail,
        cast(sum(amount_at_risk_group) as {{ type_amount() }}) as amount_difference,
        cast('{{ var("group_currency") }}' as varchar) as currency_code
    from exceptions
    where
        reconciliation_name is null
        and close_control = 'mappings_complete'
    group by entity_code, period_month
),

entities_without_gaps as (
    select
        'mappings_complete' as control_name,
        'GL' as module,
        entities.entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        false as is_blocking,
        false as blocks_close,
        true as is_passed,
        '0 gaps in mappings, rates or master data' as detail,
        cast(0 as {{ type_amount() }}) as amount_difference,
        cast('{{ var("group_currency") }}' as varchar) as currency_code
    from entities
    left join complete_mappings on entities.entity_code = complete_mappings.entity_code
    where complete_mappings.entity_code is null
),

-- A rejected line of the ledger blocks by ledger_completeness; any other keeps its table incomplete and visible.
readable_rows as (
    select
        'rows_readable' as control_name,
        'GL' as module,
        '*' as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        false as is_blocking,
        false as blocks_close,
        count(*) = 0 as is_passed,
        concat(cast(count(*) as varchar), ' items of rows that could not be read') as detail,
        cast(null as {{ type_amount() }}) as amount_difference,
        cast(null as varchar) as currency_code
    from exceptions
    where close_control = 'rows_readable'
),

controls as (
    select * from ledger_loads
    union all
    select * from balanced_ledgers
    union all
    select * from mapped_accounts
    union all
    select * from reconciled_entities
    union all
    select * from items_explained
    union all
    select * from complete_mappings
    union all
    select * from entities_without_gaps
    union all
    select * from readable_rows
),

owners_of_exceptions as (
    select
        coalesce(reconciliation_name, close_control) as control_name,
        entity_code,
        period_month,
        string_agg(distinct owner, ', ' order by owner) as owners
    from exceptions
    group by coalesce(reconciliation_name, close_control), entity_code, period_month
),

-- Controls of the platform's own making belong to who owns the same trouble in the queue.
owners_of_controls as (
    select
        entity_code,
        case exception_type when 'unmapped_account' then 'accounts_mapped' else '*' end as control_name,
        min(owner) as owner
    from exception_owners
    where exception_type in ('unmapped_account', 'ledger_incomplete')
    group by entity_code, exception_type
),

final as (
    select
        controls.control_name,
        controls.module,
        controls.entity_code,
        controls.period_month,
        controls.is_blocking,
        controls.blocks_close,
        controls.is_passed,
        controls.detail,
        controls.amount_difference,
        controls.currency_code,
        case
            when not controls.is_passed
                then coalesce(owners_of_exceptions.owners, of_the_entity.owner, for_all_entities.owner)
        end as owner
    from controls
    left join owners_of_exceptions
        on
            controls.control_name = owners_of_exceptions.control_name
            and controls.entity_code = owners_of_exceptions.entity_code
            and controls.period_month = owners_of_exceptions.period_month
    left join owners_of_controls as of_the_entity
        on
            controls.entity_code = of_the_entity.entity_code
            and case controls.control_name when 'accounts_mapped' then 'accounts_mapped' else '*' end
            = of_the_entity.control_name
    left join owners_of_controls as for_all_entities
        on
            for_all_entities.entity_code = '*'
            and case controls.control_name when 'accounts_mapped' then 'accounts_mapped' else '*' end
            = for_all_entities.control_name
)

select * from final
