{#
    True on the days on which an item is open: from its posting, or from when it was brought over from another ERP, until
    the day before it is cleared, or handed over to another ERP.
#}
{% macro is_open_on(date, items) -%}
    {{ date }} >= {{ items }}.open_from_date and {{ date }} < {{ items }}.open_until
{%- endmacro %}


{#
    The items that are open on the as-of date: posted, or brought over from another ERP, by then and not cleared by then.
    amount_group is the local amount at the closing rate of the as-of date's month; without a rate it is null and
    flagged. items: fct_ar_items or fct_ap_items, whose columns all come back.
#}
{% macro open_items(items) -%}
    with

    items as (
        select * from {{ items }}
    ),

    closing_rates as (
        select * from {{ ref('fx_rates') }} as fx_rates
        where
            rate_type = 'closing'
            and to_currency = '{{ var("group_currency") }}'
            and {{ is_valid_on(as_of_date(), 'fx_rates') }}
    ),

    currencies as (
        select * from {{ ref('dim_currencies') }}
    ),

    final as (
        select
            items.*,
            {{ converted_amount('items.amount_local', 'closing_rates.rate', 'currencies.minor_units') }} as amount_group,
            '{{ var("group_currency") }}' as group_currency,
            closing_rates.rate is null as is_rate_missing
        from items
        left join closing_rates on items.local_currency = closing_rates.from_currency
        left join currencies on closing_rates.to_currency = currencies.currency_code
        where {{ is_open_on(as_of_date(), 'items') }}
    )

    select * from final
{%- endmacro %}


{#
    What was open at every month end since the first item, and on the as-of date in its month, as known tonight: what was
    posted or cleared later with an earlier posting date counts on that date. items: fct_ar_items or fct_ap_items;
    counterparty: customer or supplier.
#}
{% macro open_balances(items, counterparty) -%}
    with

    items as (
        select * from {{ items }}
    ),

    fiscal_periods as (
        select * from {{ ref('dim_fiscal_periods') }}
    ),

    closing_rates as (
        select * from {{ ref('fx_rates') }}
        where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
    ),

    currencies as (
        select * from {{ ref('dim_currencies') }}
    ),

    {# Calendars differ in when a year begins; their periods end with the months. #}
    month_ends as (
        select distinct
            calendar_month,
            least(period_end_date, {{ as_of_date() }}) as open_on
        from fiscal_periods
        where
            calendar_month <= {{ as_of_date() }}
            and calendar_month >= (
                select {{ month_of('min(items.posting_date)') }} from items
            )
    ),

    balances as (
        select
            month_ends.open_on,
            month_ends.calendar_month,
            items.entity_id,
            items.entity_code,
            items.account_id,
            items.source_account_id,
            items.group_account_code,
            items.{{ counterparty }}_id,
            items.source_instance,
            items.transaction_currency,
            items.local_currency,
            count(*) as item_count,
            cast(sum(items.amount_transaction) as {{ type_amount() }}) as amount_transaction,
            cast(sum(items.amount_local) as {{ type_amount() }}) as amount_local,
            {{ newest_load_id('items.load_id', 'items.recorded_at') }} as load_id,
            max(items.recorded_at) as recorded_at
        from items
        inner join month_ends on {{ is_open_on('month_ends.open_on', 'items') }}
        group by
            month_ends.open_on,
            month_ends.calendar_month,
            items.entity_id,
            items.entity_code,
            items.account_id,
            items.source_account_id,
            items.group_account_code,
            items.{{ counterparty }}_id,
            items.source_instance,
            items.transaction_currency,
            items.local_currency
    ),

    final as (
        select
            balances.open_on,
            balances.calendar_month,
            balances.entity_id,
            balances.entity_code,
            balances.account_id,
            balances.source_account_id,
            balances.group_account_code,
            balances.{{ counterparty }}_id,
            balances.item_count,
            balances.amount_transaction,
            balances.transaction_currency,
            balances.amount_local,
            balances.local_currency,
            {{ converted_amount('balances.amount_local', 'closing_rates.rate', 'currencies.minor_units') }}
                as amount_group,
            '{{ var("group_currency") }}' as group_currency,
            closing_rates.rate is null as is_rate_missing,
            balances.source_instance,
            balances.load_id,
            balances.recorded_at
        from balances
        left join closing_rates
            on
                balances.local_currency = closing_rates.from_currency
                and {{ is_valid_on('balances.open_on', 'closing_rates') }}
        left join currencies on closing_rates.to_currency = currencies.currency_code
    )

    select * from final
{%- endmacro %}
