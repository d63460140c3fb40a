{#
    What all reconciliations share: the columns of their rows, the tolerance of an item, the run's as-of date.
#}

{# The date the run describes; no model reads a clock. #}
{% macro as_of_date() -%}
    cast('{{ var("as_of") }}' as date)
{%- endmacro %}


{# First day of a date's calendar month. #}
{% macro month_of(date) -%}
    cast(date_trunc('month', {{ date }}) as date)
{%- endmacro %}


{# A date's calendar month as text, 202609. #}
{% macro month_code(date) -%}
    cast(year({{ date }}) * 100 + month({{ date }}) as varchar)
{%- endmacro %}


{# An amount that is absent counts as nothing; the outcome of the row says that it is absent. #}
{% macro amount_or_zero(amount) -%}
    coalesce(cast({{ amount }} as {{ type_amount() }}), cast(0 as {{ type_amount() }}))
{%- endmacro %}


{#
    How far an item may differ: the larger of the absolute amount and the percentage of its size. `tolerance` is an
    alias of `tolerances_by_currency`; a reconciliation without a tolerance row allows nothing.
#}
{% macro allowed_difference(amount, tolerance) -%}
    greatest(
        coalesce({{ tolerance }}.amount_absolute, 0),
        cast(abs({{ amount }}) * coalesce({{ tolerance }}.percent_of_amount, 0) * 0.01 as {{ type_amount() }})
    )
{%- endmacro %}


{#
    The rows of a reconciliation in the shape that all of them share. `compared` is a CTE with entity_code,
    period_month, counterparty_key, currency_code, outcome, cause, rule_name, exception_type, natural_key and for both
    sides instance, key, load_id, item_count, date and amount.

    A row is one item of either population with what it was compared to. Where one posting stands for several invoices,
    each invoice is a row that carries its share of the posting, and the posting is counted on one of them: item counts
    and amounts of a side therefore add up to its population.
#}
{% macro reconciliation_rows(reconciliation_name, compared) -%}
    select
        cast('{{ reconciliation_name }}' as varchar) as reconciliation_name,
        {{ surrogate_key([
            "'" ~ reconciliation_name ~ "'", 'compared.left_instance', 'compared.left_key', 'compared.right_instance',
            'compared.right_key', 'compared.currency_code'
        ]) }} as item_id,
        cast(compared.entity_code as varchar) as entity_code,
        cast(compared.period_month as date) as period_month,
        cast(compared.counterparty_key as varchar) as counterparty_key,
        cast(compared.currency_code as varchar) as currency_code,
        cast(compared.left_instance as varchar) as left_instance,
        cast(compared.left_key as varchar) as left_key,
        cast(compared.left_load_id as varchar) as left_load_id,
        cast(coalesce(compared.left_item_count, 0) as bigint) as left_item_count,
        cast(compared.left_date as date) as left_date,
        {{ amount_or_zero('compared.left_amount') }} as left_amount,
        cast(compared.right_instance as varchar) as right_instance,
        cast(compared.right_key as varchar) as right_key,
        cast(compared.right_load_id as varchar) as right_load_id,
        cast(coalesce(compared.right_item_count, 0) as bigint) as right_item_count,
        cast(compared.right_date as date) as right_date,
        {{ amount_or_zero('compared.right_amount') }} as right_amount,
        cast(
            {{ amount_or_zero('compared.left_amount') }} - {{ amount_or_zero('compared.right_amount') }}
            as {{ type_amount() }}
        ) as amount_difference,
        {{ converted_amount(
            '(' ~ amount_or_zero('compared.left_amount') ~ ' - ' ~ amount_or_zero('compared.right_amount') ~ ')',
            'closing_rates.rate',
            'group_currency.minor_units'
        ) }} as amount_difference_group,
        cast('{{ var("group_currency") }}' as varchar) as group_currency,
        cast(compared.outcome as varchar) as outcome,
        cast(compared.cause as varchar) as cause,
        cast(compared.rule_name as varchar) as rule_name,
        cast(compared.exception_type as varchar) as exception_type,
        cast(compared.natural_key as varchar) as natural_key
    from {{ compared }} as compared
    left join {{ ref('fx_rates') }} as closing_rates
        on
            closing_rates.rate_type = 'closing'
            and compared.currency_code = closing_rates.from_currency
            and closing_rates.to_currency = '{{ var("group_currency") }}'
            and {{ is_valid_on('compared.period_month', 'closing_rates') }}
    left join {{ ref('dim_currencies') }} as group_currency
        on closing_rates.to_currency = group_currency.currency_code
{%- endmacro %}


{#
    Open items against the balance of their control account at every month end, per entity and account in local currency:
    the two subledgers tie in the same way. An account belongs to the comparison when the chart calls it the control
    account (`AR`, `AP`) or when an open item stands on it, so an account that lost its mapping still ties.

    A difference that still stands is one problem, however many month ends show it: its exception has the money of the
    last one. What has agreed again since is timing. open_balances: fct_ar_open_balances or fct_ap_open_balances.
#}
{% macro subledger_against_control_account(open_balances, control_account, reconciliation_name) -%}
    with

    open_balances as (select * from {{ open_balances }}),

    trial_balances as (select * from {{ ref('fct_trial_balances') }}),

    accounts as (select * from {{ ref('dim_accounts') }}),

    tolerances as (
        select * from {{ ref('tolerances_by_currency') }}
        where reconciliation_name = '{{ reconciliation_name }}'
    ),

    {# The subledger knows no ledgers. #}
    leading_ledgers as (select * from {{ ref('leading_ledgers') }}),

    item_balances as (
        select
            entity_code,
            account_id,
            local_currency,
            calendar_month,
            min(source_instance) as source_instance,
            {{ newest_load_id() }} as load_id,
            sum(item_count) as item_count,
            sum(amount_local) as amount_local
        from open_balances
        group by entity_code, account_id, local_currency, calendar_month
    ),

    {# A ledger that shows open items of anybody owes those of every entity whose books it keeps. #}
    subledger_entities as (
        select entity_code from item_balances
        union
        select leading_ledgers.entity_code
        from leading_ledgers
        where leading_ledgers.source_instance in (select item_balances.source_instance from item_balances)
    ),

    subledger_accounts as (
        select distinct
            entity_code,
            account_id
        from item_balances
    ),

    {# A special period ends with the last normal one: what it left is the balance of the month. #}
    periods_to_date as (
        select
            trial_balances.entity_code,
            trial_balances.account_id,
            trial_balances.local_currency,
            trial_balances.source_instance,
            trial_balances.calendar_month,
            trial_balances.period_end_date,
            trial_balances.amount_closing_local,
            row_number() over (
                partition by
                    trial_balances.entity_code, trial_balances.account_id, trial_balances.local_currency,
                    trial_balances.calendar_month
                order by trial_balances.fiscal_year desc, trial_balances.fiscal_period desc
            ) as recency
        from trial_balances
        inner join leading_ledgers
            on
                trial_balances.entity_code = leading_ledgers.entity_code
                and trial_balances.source_instance = leading_ledgers.source_instance
                and trial_balances.ledger_code = leading_ledgers.ledger_code
        inner join subledger_entities on trial_balances.entity_code = subledger_entities.entity_code
        where trial_balances.calendar_month <= {{ as_of_date() }}
    ),

    account_balances as (
        select periods_to_date.*
        from periods_to_date
        left join accounts on periods_to_date.account_id = accounts.account_id
        left join subledger_accounts
            on
                periods_to_date.entity_code = subledger_accounts.entity_code
                and periods_to_date.account_id = subledger_accounts.account_id
        where
            periods_to_date.recency = 1
            and (accounts.control_account = '{{ control_account }}' or subledger_accounts.account_id is not null)
    ),

    paired as (
        select
            coalesce(item_balances.entity_code, account_balances.entity_code) as entity_code,
            coalesce(item_balances.account_id, account_balances.account_id) as account_id,
            coalesce(item_balances.local_currency, account_balances.local_currency) as local_currency,
            coalesce(item_balances.calendar_month, account_balances.calendar_month) as period_month,
            coalesce(item_balances.source_instance, account_balances.source_instance) as source_instance,
            item_balances.load_id,
            item_balances.item_count,
            item_balances.amount_local as items_amount,
            account_balances.period_end_date,
            account_balances.amount_closing_local as balance_amount
        from item_balances
        full outer join account_balances
            on
                item_balances.entity_code = account_balances.entity_code
                and item_balances.account_id = account_balances.account_id
                and item_balances.local_currency = account_balances.local_currency
                and item_balances.calendar_month = account_balances.calendar_month
    ),

    judged as (
        select
            paired.*,
            accounts.source_account_id,
            coalesce(paired.items_amount, 0) - coalesce(paired.balance_amount, 0) as amount_difference,
            {{ allowed_difference('coalesce(paired.items_amount, 0)', 'tolerances') }} as allowed_difference,
            row_number() over (
                partition by paired.entity_code, paired.account_id, paired.local_currency
                order by paired.period_month desc
            ) as recency
        from paired
        left join accounts on paired.account_id = accounts.account_id
        left join tolerances on paired.local_currency = tolerances.currency_code
    ),

    differences as (
        select
            *,
            abs(amount_difference) > allowed_difference as differs,
            bool_or(recency = 1 and abs(amount_difference) > allowed_difference) over (
                partition by entity_code, account_id, local_currency
            ) as differs_still
        from judged
    ),

    outcomes as (
        select
            *,
            {{ natural_key(['entity_code', 'source_account_id']) }} as account_key,
            {{ natural_key(['entity_code', 'source_account_id', month_code('period_month')]) }} as month_key,
            case
                when amount_difference = 0 then 'matched'
                when not differs then 'matched_within_tolerance'
                when not differs_still then 'timing'
                when balance_amount is null then 'missing_right'
                when item_count is null then 'missing_left'
                else 'amount_difference'
            end as outcome
        from differences
    )

    select
        entity_code,
        period_month,
        cast(null as varchar) as counterparty_key,
        local_currency as currency_code,
        case when item_count is not null then source_instance end as left_instance,
        case when item_count is not null then month_key end as left_key,
        load_id as left_load_id,
        item_count as left_item_count,
        least(last_day(period_month), {{ as_of_date() }}) as left_date,
        items_amount as left_amount,
        case when balance_amount is not null then source_instance end as right_instance,
        case when balance_amount is not null then month_key end as right_key,
        cast(null as varchar) as right_load_id,
        case when balance_amount is not null then 1 end as right_item_count,
        period_end_date as right_date,
        balance_amount as right_amount,
        outcome,
        case
            when not differs then 'agrees'
            when not differs_still then 'agrees_since'
            when recency > 1 then 'told_elsewhere'
            when balance_amount is null then 'account_without_balance'
            when item_count is null then 'balance_without_items'
            else 'balance_differs_from_items'
        end as cause,
        'control_account' as rule_name,
        case when differs and differs_still then 'subledger_difference' end as exception_type,
        case when differs and differs_still then {{ natural_key(['source_instance', 'account_key']) }} end
            as natural_key
    from outcomes
{%- endmacro %}
