-- Grain: one row per creditor, debtor, elimination group, currency and calendar month: what one claims, what the other owes,
-- and what lies between them. Balances (receivables, loans) stand at the end of the month, on the as-of date in its month;
-- income and expense are those of the month. amount_difference is claimed less owed, and the sum of what is in transit,
-- what is an exception, and what the tolerance takes.
with

items as (select * from {{ ref('intercompany_items') }}),

outcomes as (select * from {{ ref('intercompany_outcomes') }}),

fiscal_periods as (select * from {{ ref('dim_fiscal_periods') }}),

closing_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
),

group_currency as (
    select * from {{ ref('dim_currencies') }}
    where currency_code = '{{ var("group_currency") }}'
),

months as (
    select distinct calendar_month from fiscal_periods
    where
        calendar_month <= {{ as_of_date() }}
        and calendar_month >= (
            select {{ month_of('min(items.item_date)') }} from items
        )
),

-- Every item is counted on one row; there the pair is known, also where the item's own books do not name it.
items_with_outcome as (
    select
        left_item_key as item_key,
        creditor_code,
        debtor_code,
        outcome,
        exception_type
    from outcomes
    where left_item_count > 0
    union all
    select
        right_item_key as item_key,
        creditor_code,
        debtor_code,
        outcome,
        exception_type
    from outcomes
    where right_item_count > 0
),

changes as (
    select
        items_with_outcome.creditor_code,
        items_with_outcome.debtor_code,
        items.elimination_group,
        items.is_balance,
        items.currency_code,
        {{ month_of('items.item_date') }} as calendar_month,
        sum(case when items.is_claim then items.amount else 0 end) as amount_claimed,
        sum(case when items.is_claim then 0 else items.amount end) as amount_owed,
        sum(
            case
                when items_with_outcome.outcome <> 'timing' or items_with_outcome.exception_type is not null then 0
                when items.is_claim then items.amount
                else -items.amount
            end
        ) as amount_in_transit,
        sum(
            case
                when items_with_outcome.exception_type is null then 0
                when items.is_claim then items.amount
                else -items.amount
            end
        ) as amount_exceptions
    from items
    inner join items_with_outcome on items.item_key = items_with_outcome.item_key
    group by
        items_with_outcome.creditor_code,
        items_with_outcome.debtor_code,
        items.elimination_group,
        items.is_balance,
        items.currency_code,
        {{ month_of('items.item_date') }}
),

pairs as (
    select
        creditor_code,
        debtor_code,
        elimination_group,
        is_balance,
        currency_code,
        min(calendar_month) as first_month
    from changes
    group by creditor_code, debtor_code, elimination_group, is_balance, currency_code
),

pair_months as (
    select
        pairs.creditor_code,
        pairs.debtor_code,
        pairs.elimination_group,
        pairs.is_balance,
        pairs.currency_code,
        months.calendar_month,
        sum(coalesce(changes.amount_claimed, 0)) over until_month as amount_claimed,
        sum(coalesce(changes.amount_owed, 0)) over until_month as amount_owed,
        sum(coalesce(changes.amount_in_transit, 0)) over until_month as amount_in_transit,
        sum(coalesce(changes.amount_exceptions, 0)) over until_month as amount_exceptions
    from pairs
    inner join months on pairs.first_month <= months.calendar_month
    left join changes
        on
            pairs.creditor_code is not distinct from changes.creditor_code
            and pairs.debtor_code is not distinct from changes.debtor_code
            and pairs.elimination_group = changes.elimination_group
            and pairs.is_balance = changes.is_balance
            and pairs.currency_code = changes.currency_code
            and months.calendar_month = changes.calendar_month
    window
        until_month as (
            partition by
                pairs.creditor_code, pairs.debtor_code, pairs.elimination_group, pairs.is_balance, pairs.currency_code,
                case when not pairs.is_balance then months.calendar_month end
            order by months.calendar_month
            rows between unbounded preceding and current row
        )
),

final as (
    select
        pair_months.creditor_code,
        pair_months.debtor_code,
        pair_months.elimination_group,
        pair_months.is_balance,
        pair_months.calendar_month,
        pair_months.currency_code,
        cast(pair_months.amount_claimed as {{ type_amount() }}) as amount_claimed,
        cast(pair_months.amount_owed as {{ type_amount() }}) as amount_owed,
        cast(pair_months.amount_claimed - pair_months.amount_owed as {{ type_amount() }}) as amount_difference,
        cast(pair_months.amount_in_transit as {{ type_amount() }}) as amount_in_transit,
        cast(pair_months.amount_exceptions as {{ type_amount() }}) as amount_exceptions,
        {{ converted_amount(
            '(pair_months.amount_claimed - pair_months.amount_owed)', 'closing_rates.rate', 'group_currency.minor_units'
        ) }} as amount_difference_group,
        '{{ var("group_currency") }}' as group_currency
    from pair_months
    cross join group_currency
    left join closing_rates
        on
            pair_months.currency_code = closing_rates.from_currency
            and {{ is_valid_on('pair_months.calendar_month', 'closing_rates') }}
)

select * from final
