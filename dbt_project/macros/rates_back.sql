{#
    For tests that take an amount in group currency back: what one unit of the group currency is worth in every currency
    at closing rates, over the currency that both are quoted in, and so without the pair that led to the group currency.
    Only by quotes of the same provider and day as that pair: others need not agree with it.
#}
{% macro closing_rates_back() -%}
    select
        forth.from_currency as currency_code,
        forth.valid_from,
        forth.valid_to,
        cast(to_base.rate * from_base.rate as {{ type_rate() }}) as rate
    from {{ ref('fx_rates') }} as forth
    inner join {{ ref('fx_rates') }} as from_base
        on
            forth.rate_type = from_base.rate_type
            and forth.from_currency = from_base.to_currency
            and forth.valid_from >= from_base.valid_from
            and forth.valid_to <= from_base.valid_to
            and coalesce(from_base.quote_date, forth.quote_date) is not distinct from forth.quote_date
            and coalesce(from_base.source_instance, forth.source_instance) is not distinct from forth.source_instance
    inner join {{ ref('fx_rates') }} as to_base
        on
            forth.rate_type = to_base.rate_type
            and forth.to_currency = to_base.from_currency
            and from_base.from_currency = to_base.to_currency
            and forth.valid_from >= to_base.valid_from
            and forth.valid_to <= to_base.valid_to
            and coalesce(to_base.quote_date, forth.quote_date) is not distinct from forth.quote_date
            and coalesce(to_base.source_instance, forth.source_instance) is not distinct from forth.source_instance
    where forth.rate_type = 'closing' and forth.to_currency = '{{ var("group_currency") }}'
{%- endmacro %}


{#
    True where the amount in group currency, taken back at `rate`, is another amount: by more than the minor unit of the
    group currency that each of so many roundings may cost, and than a rate of twelve decimals can say of the weakest
    currencies. minor_units: those of the group currency.
#}
{% macro is_another_amount(amount, amount_group, rate, minor_units, roundings=1) -%}
    (
        abs({{ amount }} - {{ amount_group }} * {{ rate }})
        > {{ minor_units_to_amount(roundings, minor_units) }} * {{ rate }} + abs({{ amount }}) * 0.000001
    )
{%- endmacro %}
