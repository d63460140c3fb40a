{#
    Division without binary floats. The engine's own division of decimals answers in floating point, so the quotient is
    taken of whole numbers and cut towards zero at `scale` decimals. Rounding that result half away from zero to fewer
    decimals gives what rounding the exact quotient would: every tie is a number of fewer decimals, so cutting moves no
    value across one.
#}

{# numerator / denominator as a decimal of `scale` places, cut towards zero; the scales are those of the two types. #}
{% macro truncated_quotient(numerator, numerator_scale, denominator, denominator_scale, scale) -%}
    {{ return(adapter.dispatch('truncated_quotient')(
        numerator, numerator_scale, denominator, denominator_scale, scale
    )) }}
{%- endmacro %}

{% macro duckdb__truncated_quotient(numerator, numerator_scale, denominator, denominator_scale, scale) -%}
    cast(
        cast({{ numerator }} * {{ 10 ** numerator_scale }} as hugeint)
        * {{ 10 ** (scale + denominator_scale - numerator_scale) }}
        // cast({{ denominator }} * {{ 10 ** denominator_scale }} as hugeint) as decimal(38, 0)
    ) * cast(0.{{ '0' * (scale - 1) }}1 as decimal({{ scale }}, {{ scale }}))
{%- endmacro %}


{# One rate divided by another, rounded half away from zero to the twelve decimals of a rate. #}
{% macro quotient_of_rates(numerator, denominator) -%}
    cast(round({{ truncated_quotient(numerator, 12, denominator, 12, 18) }}, 12) as {{ type_rate() }})
{%- endmacro %}


{# The mean of a column of rates, rounded as a rate; an aggregate. #}
{% macro mean_of_rates(column) -%}
    cast(round({{ truncated_quotient('sum(' ~ column ~ ')', 12, 'count(' ~ column ~ ')', 0, 18) }}, 12) as {{ type_rate() }})
{%- endmacro %}


{# An amount over a number of months (twelve decimals), rounded half away from zero to the currency's minor units. #}
{% macro amount_per_month(amount, months, minor_units) -%}
    {{ round_half_away(truncated_quotient(amount, 4, months, 12, 8), minor_units) }}
{%- endmacro %}


{# An amount in the currency that `rate` leads to, rounded half away from zero to that currency's minor units. #}
{% macro converted_amount(amount, rate, minor_units) -%}
    {{ round_half_away(amount ~ ' * ' ~ rate, minor_units) }}
{%- endmacro %}


{#
    What a quantity costs, where another one costs an amount: amount × quantity / other quantity, rounded half away from
    zero to the currency's minor units. The amount is cast wider than eighteen digits: DuckDB multiplies two decimals that
    both fit into 64 bits in 64 bits, where fifty million times three hundred is too much.
#}
{% macro value_of_quantity(amount, quantity, other_quantity, minor_units) -%}
    {{ round_half_away(
        truncated_quotient(
            'cast(cast(' ~ amount ~ ' as decimal(28, 4)) * cast(' ~ quantity ~ ' as decimal(18, 4)) as decimal(38, 8))',
            8, other_quantity, 6, 8
        ),
        minor_units
    ) }}
{%- endmacro %}


{# One count per another, to four decimals, cut towards zero. #}
{% macro ratio_of_counts(numerator, denominator) -%}
    cast({{ truncated_quotient(numerator, 0, denominator, 0, 4) }} as decimal(28, 4))
{%- endmacro %}


{#
    What of an amount is earned after so many of its days, straight-line: rounded half away from zero to the currency's
    minor units; nothing before the first day, and all of it after the last, so that what rounding left over is earned
    with the last day. The amount is cast wider than eighteen digits, as above.
#}
{% macro earned_by_day(amount, elapsed_days, days, minor_units) -%}
    case
        when {{ elapsed_days }} <= 0 then cast(0 as {{ type_amount() }})
        when {{ elapsed_days }} >= {{ days }} then {{ amount }}
        else {{ round_half_away(
            truncated_quotient(
                'cast(' ~ amount ~ ' as decimal(28, 4)) * cast(' ~ elapsed_days ~ ' as decimal(9, 0))', 4, days, 0, 8
            ),
            minor_units
        ) }}
    end
{%- endmacro %}


{#
    What of an amount so many days still have to earn: the other half of earned_by_day, reckoned from the days that are
    left. A tie goes towards zero here, because it went away from zero there.
#}
{% macro unearned_by_day(amount, days_left, days, minor_units) -%}
    case
        when {{ days_left }} >= {{ days }} then {{ amount }}
        when {{ days_left }} <= 0 then cast(0 as {{ type_amount() }})
        else sign({{ amount }}) * {{ round_half_to_zero(
            'cast(abs(' ~ amount ~ ') * 10000 as hugeint) * ' ~ days_left, days, minor_units
        ) }}
    end
{%- endmacro %}

{# A whole number of ten-thousandths over a number of days, to minor units; a tie goes down. Both are positive. #}
{% macro round_half_to_zero(ten_thousandths, days, minor_units) -%}
    case {{ minor_units }}
        {%- for places in [0, 1, 2, 3, 4] %}
        when {{ places }} then cast(
            cast(
                (2 * {{ ten_thousandths }} + {{ days }} * {{ 10 ** (4 - places) }} - 1)
                // (2 * {{ days }} * {{ 10 ** (4 - places) }})
                as decimal(18, 0)
            ) * {{ ['1', '0.1', '0.01', '0.001', '0.0001'][places] }} as {{ type_amount() }}
        )
        {%- endfor %}
    end
{%- endmacro %}
