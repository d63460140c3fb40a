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
        where
            items.open_from_date <= {{ as_of_date() }}
            and (items.clearing_date is null or items.clearing_date > {{ as_of_date() }})
    )

    select * from final
{%- endmacro %}
