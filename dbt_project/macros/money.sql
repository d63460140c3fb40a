{#
    The amount of a number in minor units (text or integer): 12345 of a two-decimal currency is 123.4500. `minor_units`
    is the number of decimals the sender counts in: join `ref('currencies')` on the upper-case code and pass
    currencies.minor_units (ISO 4217) or currencies.stripe_minor_units (Stripe's list, which deviates for a few).
    An unknown currency gives null, never an assumed two decimals. With type_unit_price() as `type` the number may have
    fractions of a minor unit (Stripe's unit_amount_decimal).
#}
{% macro minor_units_to_amount(column, minor_units, type=none) -%}
    {%- set result_type = type or type_amount() -%}
    {%- set scale = 12 if result_type == type_unit_price() else 4 -%}
    cast(
        {{ exact_decimal('cast(' ~ column ~ ' as varchar)', 28, scale) }}
        * case {{ minor_units }}
            when 0 then 1.0000 when 1 then 0.1000 when 2 then 0.0100 when 3 then 0.0010 when 4 then 0.0001
        end as {{ result_type }}
    )
{%- endmacro %}


{#
    A decimal rounded half away from zero to a currency's minor units (a column: 0, 2, 3 or 4; null gives null).
    Round once, at the end of a conversion. Decimals only: the engine's round() of a decimal is half away from zero,
    of a binary float it is not exact.
#}
{% macro round_half_away(expression, minor_units) -%}
    case {{ minor_units }}
        when 0 then cast(round({{ expression }}, 0) as {{ type_amount() }})
        when 1 then cast(round({{ expression }}, 1) as {{ type_amount() }})
        when 2 then cast(round({{ expression }}, 2) as {{ type_amount() }})
        when 3 then cast(round({{ expression }}, 3) as {{ type_amount() }})
        when 4 then cast(round({{ expression }}, 4) as {{ type_amount() }})
    end
{%- endmacro %}
