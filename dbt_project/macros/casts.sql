{#
    Casts from landed text. None of them fails: what does not cast is null, and `required` or `castable`
    (rejections.sql) turn that null into a rejected row. An empty text is a missing value.
#}

{# Money: 24 digits before, 4 after the point. #}
{% macro type_amount() %}decimal(28, 4){% endmacro %}

{# Unit prices reach below the minor unit; twelve decimals keep weak currencies precise. #}
{% macro type_unit_price() %}decimal(28, 12){% endmacro %}

{# Exchange rates and conversion factors. #}
{% macro type_rate() %}decimal(18, 12){% endmacro %}

{# How sure something is, 0 to 1. #}
{% macro type_score() %}decimal(9, 8){% endmacro %}

{# Quantities of goods, units of usage. #}
{% macro type_quantity() %}decimal(28, 6){% endmacro %}


{#
    A decimal, exact or null: a value that the scale would have to round does not cast. Digits beyond the 14th decimal
    are the noise of a sender's binary numbers and do not count.

    Plain numbers go through an 18-digit decimal, which the engine casts a hundred times faster than a wider one; what
    does not fit there, has an exponent or too many decimals takes the slow way.
#}
{% macro exact_decimal(column, precision, scale) -%}
    {%- set type = 'decimal(' ~ precision ~ ', ' ~ scale ~ ')' -%}
    case
        when
            (instr({{ column }}, '.') = 0 or length({{ column }}) - instr({{ column }}, '.') <= {{ scale }})
            and lower({{ column }}) not like '%e%'
            then coalesce(
                cast(try_cast({{ column }} as decimal(18, {{ scale }})) as {{ type }}),
                try_cast(nullif({{ column }}, '') as {{ type }})
            )
        when try_cast({{ column }} as decimal(38, 14)) = try_cast({{ column }} as {{ type }})
            then try_cast({{ column }} as {{ type }})
    end
{%- endmacro %}

{% macro amount(column) %}{{ exact_decimal(column, 28, 4) }}{% endmacro %}

{% macro unit_price(column) %}{{ exact_decimal(column, 28, 12) }}{% endmacro %}

{% macro rate(column) %}{{ exact_decimal(column, 18, 12) }}{% endmacro %}

{% macro quantity(column) %}{{ exact_decimal(column, 28, 6) }}{% endmacro %}


{# A whole number; `2.0` is one, `2.5` is not (the engine alone would round it). #}
{% macro whole_number(column, type='bigint') -%}
    case
        when {{ column }} not like '%.%' and lower({{ column }}) not like '%e%' then try_cast({{ column }} as {{ type }})
        when try_cast({{ column }} as decimal(38, 14)) = try_cast({{ column }} as {{ type }})
            then try_cast({{ column }} as {{ type }})
    end
{%- endmacro %}


{# JSON's true and false, and SAP's X. #}
{% macro boolean(column) -%}
    case
        when lower({{ column }}) in ('true', 'x') then true
        when lower({{ column }}) = 'false' then false
    end
{%- endmacro %}


{# Text without outer blanks; an empty text is null. #}
{% macro text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}


{# An amount in a sentence: two decimals, and more only where it has more. #}
{% macro amount_text(amount) -%}
    regexp_replace(cast(cast({{ amount }} as {{ type_amount() }}) as varchar), '0{1,2}$', '')
{%- endmacro %}


{# The date of an ISO 8601 date. #}
{% macro iso_date(column) -%}
    case when length({{ column }}) = 10 then try_cast({{ column }} as date) end
{%- endmacro %}


{# UTC timestamp of an ISO 8601 text that names its zone (Z or an offset); without a zone it is not a moment: null. #}
{% macro iso_timestamp(column) -%}
    {{ return(adapter.dispatch('iso_timestamp')(column)) }}
{%- endmacro %}

{% macro duckdb__iso_timestamp(column) -%}
    case
        when
            {{ column }} like '____-__-__T%Z'
            or {{ column }} like '____-__-__T%+__%'
            or {{ column }} like '____-__-__T%-__%'
            then try_cast({{ column }} as timestamptz) at time zone 'UTC'
    end
{%- endmacro %}


{# UTC timestamp of seconds since 1970 (Stripe). #}
{% macro unix_timestamp(column) -%}
    {{ timestamp_of_milliseconds('1000 * try_cast(' ~ column ~ ' as bigint)') }}
{%- endmacro %}


{# UTC timestamp of a number of milliseconds since 1970; null outside the years 1 to 9999, where no ledger date lies. #}
{% macro timestamp_of_milliseconds(expression) -%}
    {{ return(adapter.dispatch('timestamp_of_milliseconds')(expression)) }}
{%- endmacro %}

{% macro duckdb__timestamp_of_milliseconds(expression) -%}
    case when {{ expression }} between -62135596800000 and 253402300799999 then epoch_ms({{ expression }}) end
{%- endmacro %}


{#
    The number inside SAP's '/Date(…)/' as BIGINT milliseconds. Mostly it is all there is between the brackets; else a
    later plus or minus begins the zone offset (a leading minus belongs to the number). Text functions, because a
    regular expression costs several times as much per row.
#}
{% macro odata_milliseconds(column) -%}
    case
        when {{ column }} like '/Date(%)/'
            then coalesce(
                try_cast(substr({{ column }}, 7, length({{ column }}) - 8) as bigint),
                try_cast(
                    substr({{ column }}, 7, 1)
                    || split_part(split_part(substr({{ column }}, 8, length({{ column }}) - 9), '+', 1), '-', 1) as bigint
                )
            )
    end
{%- endmacro %}


{#
    The calendar date of '/Date(ms)/' or '/Date(ms+minutes)/'. SAP's number counts the wall clock of the date it means
    (an Edm.DateTime has no zone, an Edm.DateTimeOffset counts in its own), so no zone ever moves it.
#}
{% macro sap_date(column) -%}
    cast({{ timestamp_of_milliseconds(odata_milliseconds(column)) }} as date)
{%- endmacro %}


{#
    UTC timestamp of '/Date(ms+minutes)/': the wall clock less its offset in minutes, as SAP's own client reads it;
    without an offset the clock is UTC.
#}
{% macro sap_timestamp(column) -%}
    {{ timestamp_of_milliseconds(odata_utc_milliseconds(column)) }}
{%- endmacro %}

{% macro odata_utc_milliseconds(column) -%}
    case
        when {{ column }} like '/Date(%+0000)/'
            then try_cast(substr({{ column }}, 7, length({{ column }}) - 13) as bigint)
        else {{ odata_milliseconds(column) }} - 60000 * {{ odata_offset_minutes(column) }}
    end
{%- endmacro %}

{# The minutes of the offset, 0 without one. #}
{% macro odata_offset_minutes(column) -%}
    case
        when {{ column }} like '/Date(_%+%)/'
            then try_cast(split_part(rtrim({{ column }}, ')/'), '+', 2) as bigint)
        when {{ column }} like '/Date(_%-%)/'
            then -try_cast(split_part(substr(rtrim({{ column }}, ')/'), 8), '-', 2) as bigint)
        else 0
    end
{%- endmacro %}
