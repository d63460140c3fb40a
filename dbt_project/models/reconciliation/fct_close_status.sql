-- Grain: one row per control and entity ('*' for the group). A blocking control that has not passed stops marts and
-- publication. amount_difference is in currency_code, without sign.
with

entities as (select * from {{ ref('dim_entities') }}),

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

reconciliations as (select * from {{ ref('fct_reconciliations') }}),

reconciliation_definitions as (select * from {{ ref('reconciliation_definitions') }}),

populations as (select * from {{ ref('fct_reconciliation_populations') }}),

exceptions as (select * from {{ ref('fct_exceptions') }}),

accepted_loads as (select * from {{ source('control', 'accepted_loads') }}),

-- Is there a ledger at all: an accepted load of an instance that owns entities, and balances from it.
ledger_loads as (
    select
        'ledger_loaded' as control_name,
        '*' as entity_code,
        true as is_blocking,
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

period_sums as (
    select
        entity_code,
        ledger_code,
        fiscal_year,
        fiscal_period,
        min(local_currency) as local_currency,
        sum(amount_closing_local) as amount_left_over
    from trial_balances
    group by entity_code, ledger_code, fiscal_year, fiscal_period
),

balanced_ledgers as (
    select
        'trial_balance_sums_to_zero' as control_name,
        entity_code,
        true as is_blocking,
        count(case when amount_left_over <> 0 then 1 end) = 0 as is_passed,
        concat_ws(
            ' ', cast(count(case when amount_left_over <> 0 then 1 end) as varchar), 'of',
            cast(count(*) as varchar), 'periods out of balance'
        ) as detail,
        cast(max(abs(amount_left_over)) as {{ type_amount() }}) as amount_difference,
        min(local_currency) as currency_code
    from period_sums
    group by entity_code
),

reconciled_entities as (
    select
        reconciliation_definitions.reconciliation_name as control_name,
        coalesce(reconciliations.entity_code, '*') as entity_code,
        reconciliation_definitions.is_blocking,
        count(reconciliations.natural_key) = 0 as is_passed,
        concat_ws(
            ' ',
            cast(count(reconciliations.natural_key) as varchar),
            'open of',
            cast(count(*) as varchar),
            'comparisons'
        ) as detail,
        cast(
            sum(case when reconciliations.natural_key is not null then abs(reconciliations.amount_difference_group) end)
            as {{ type_amount() }}
        ) as amount_difference,
        cast('{{ var("group_currency") }}' as varchar) as currency_code
    from reconciliations
    inner join reconciliation_definitions
        on reconciliations.reconciliation_name = reconciliation_definitions.reconciliation_name
    group by
        reconciliation_definitions.reconciliation_name,
        coalesce(reconciliations.entity_code, '*'),
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
        '*' as entity_code,
        true as is_blocking,
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

-- The gaps that leave money without a place, by entity.
complete_mappings as (
    select
        'mappings_complete' as control_name,
        coalesce(entity_code, '*') as entity_code,
        false as is_blocking,
        false as is_passed,
        concat(cast(count(*) as varchar), ' gaps in mappings, rates or master data') as detail,
        cast(sum(amount_at_risk_group) as {{ type_amount() }}) as amount_difference,
        cast('{{ var("group_currency") }}' as varchar) as currency_code
    from exceptions
    where reconciliation_name is null and exception_type not in ('rejected_row', 'source_too_old')
    group by coalesce(entity_code, '*')
),

-- A rejected line of the ledger blocks by ledger_completeness; any other keeps its table incomplete and visible.
readable_rows as (
    select
        'rows_readable' as control_name,
        '*' as entity_code,
        false as is_blocking,
        count(*) = 0 as is_passed,
        concat(cast(count(*) as varchar), ' items of rows that could not be read') as detail,
        cast(null as {{ type_amount() }}) as amount_difference,
        cast(null as varchar) as currency_code
    from exceptions
    where exception_type = 'rejected_row'
),

entities_without_gaps as (
    select
        'mappings_complete' as control_name,
        entities.entity_code,
        false as is_blocking,
        true as is_passed,
        '0 gaps in mappings, rates or master data' as detail,
        cast(0 as {{ type_amount() }}) as amount_difference,
        cast('{{ var("group_currency") }}' as varchar) as currency_code
    from entities
    left join complete_mappings on entities.entity_code = complete_mappings.entity_code
    where complete_mappings.entity_code is null
),

final as (
    select * from ledger_loads
    union all
    select * from balanced_ledgers
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
)

select * from final
