{#
    An amount in group currency is worth what it was made from: taken back at the closing rate it is the amount again. A
    rate that is turned over, of another currency, type or month does not pass; nor does an amount that was left without
    its value although there is a rate.

    amount and currency: what was converted; converted: the amount in group currency; date: the day whose closing rate it
    is, else the as-of date.
#}
{% test converts_back(model, amount, converted, currency='transaction_currency', date=none) %}

with

rates_back as (
    {{ closing_rates_back() }}
),

amounts as (
    select
        {{ amount }} as amount,
        {{ converted }} as amount_group,
        {{ currency }} as currency_code,
        {{ date or as_of_date() }} as valued_on
    from {{ model }}
    where {{ amount }} <> 0
)

select
    amounts.*,
    rates_back.rate as rate_back
from amounts
inner join rates_back
    on amounts.currency_code = rates_back.currency_code and {{ is_valid_on('amounts.valued_on', 'rates_back') }}
inner join {{ ref('dim_currencies') }} as group_currency on group_currency.currency_code = '{{ var("group_currency") }}'
where
    amounts.amount_group is null
    or {{ is_another_amount('amounts.amount', 'amounts.amount_group', 'rates_back.rate', 'group_currency.minor_units') }}

{% endtest %}
