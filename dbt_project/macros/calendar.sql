{# Dates and series of dates; what the engines write differently is dispatched. #}

{# A date so many months later (earlier when negative), cut to the month's length. #}
{% macro months_after(date, months) -%}
    cast({{ dbt.dateadd('month', months, date) }} as date)
{%- endmacro %}


{# A date so many days later (earlier when negative). #}
{% macro days_after(date, days) -%}
    cast({{ dbt.dateadd('day', days, date) }} as date)
{%- endmacro %}


{# A select of the whole numbers from first to last, both included, in the column whole_number. #}
{% macro whole_numbers(first, last) -%}
    {{ return(adapter.dispatch('whole_numbers')(first, last)) }}
{%- endmacro %}

{% macro duckdb__whole_numbers(first, last) -%}
    select cast(unnest(range({{ first }}, {{ last }} + 1)) as integer) as whole_number
{%- endmacro %}


{# The last value that was not null so far, in the order of the rows. #}
{% macro last_known(column, partition_by, order_by) -%}
    last_value({{ column }} ignore nulls) over (
        partition by {{ partition_by | join(', ') }}
        order by {{ order_by | join(', ') }}
        rows between unbounded preceding and current row
    )
{%- endmacro %}


{# The number of a date's weekday: Monday is 1, Sunday 7. #}
{% macro iso_weekday(date) -%}
    {{ return(adapter.dispatch('iso_weekday')(date)) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(date) -%}
    isodow({{ date }})
{%- endmacro %}


{# The moment (a UTC timestamp) at which clocks in a time zone show a time, as 18:00, on a date. #}
{% macro utc_of_local(date, time, time_zone) -%}
    {{ return(adapter.dispatch('utc_of_local')(date, time, time_zone)) }}
{%- endmacro %}

{% macro duckdb__utc_of_local(date, time, time_zone) -%}
    timezone('UTC', timezone({{ time_zone }}, {{ date }} + cast({{ time }} as time)))
{%- endmacro %}


{# The calendar date that a UTC moment falls on in a time zone; null without a moment or a zone. #}
{% macro local_date(timestamp, time_zone) -%}
    {{ return(adapter.dispatch('local_date')(timestamp, time_zone)) }}
{%- endmacro %}

{% macro duckdb__local_date(timestamp, time_zone) -%}
    cast(timezone({{ time_zone }}, timezone('UTC', {{ timestamp }})) as date)
{%- endmacro %}


{# The day of a moment (UTC) where the company is: the night of that day is the first that can know of it. #}
{% macro company_date(moment) -%}
    {{ local_date(moment, "'" ~ var('time_zone') ~ "'") }}
{%- endmacro %}


{# The time zone if it is one the engine knows, else null. #}
{% macro known_time_zone(column) -%}
    {{ return(adapter.dispatch('known_time_zone')(column)) }}
{%- endmacro %}

{% macro duckdb__known_time_zone(column) -%}
    case when {{ column }} in (select zones.name from pg_timezone_names() as zones) then {{ column }} end
{%- endmacro %}
