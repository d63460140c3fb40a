{#
    Chargebee's notations. A moment is seconds since 1970; a billing day begins at midnight of the site's time zone, so a
    moment becomes a date there and nowhere else: east of Greenwich the UTC date is the day before.
#}

{# The calendar date of a moment at the site; null without a moment or without a known time zone. #}
{% macro site_date(column, time_zone) -%}
    {{ local_date(unix_timestamp(column), time_zone) }}
{%- endmacro %}


{# The first day after a period that ends with the last second of a day, or with the first one of the next. #}
{% macro site_end_date(column, time_zone) -%}
    {{ site_date('cast(try_cast(' ~ column ~ ' as bigint) + 1 as varchar)', time_zone) }}
{%- endmacro %}


{# A unit price: exact in its decimal form, in major units; the other form is rounded to minor units. #}
{% macro chargebee_unit_price(decimal_column, column) -%}
    coalesce(
        {{ unit_price(decimal_column) }}, {{ minor_units_to_amount(column, 'currencies.minor_units', type_unit_price()) }}
    )
{%- endmacro %}


{# Units: with multi-decimal pricing the whole-number form is left out or rounded. #}
{% macro chargebee_quantity(decimal_column, column) -%}
    coalesce({{ quantity(decimal_column) }}, {{ quantity(column) }})
{%- endmacro %}


{# A row that still is there; where nothing says otherwise, it is. #}
{% macro chargebee_is_deleted() -%}
    coalesce(lower(deleted), 'false') = 'true'
{%- endmacro %}
