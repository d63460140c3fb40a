{#
    What files written by hand or by a spreadsheet need: dates in the forms they come in, numbers that went through binary
    floating point, and rejections that name file and line.
#}

{# The date of 2026-09-30, of a midnight such as 2026-09-30 00:00:00, or of 20260930; null for anything else. #}
{% macro file_date(column) -%}
    case
        when length({{ column }}) = 8 and {{ is_all_digits(column) }}
            then try_cast(
                substr({{ column }}, 1, 4) || '-' || substr({{ column }}, 5, 2) || '-' || substr({{ column }}, 7, 2) as date
            )
        when length({{ column }}) = 10 or {{ column }} like '____-__-___00:00%'
            then try_cast(substr({{ column }}, 1, 10) as date)
    end
{%- endmacro %}


{#
    An amount whose text may carry the noise of a binary number (12.340000000000001): exact to four decimals when what is
    beyond them is less than a hundred-millionth, which no currency counts; null when the number has more real decimals.
#}
{% macro amount_without_noise(column) -%}
    case
        when abs({{ decimal_with_noise(column) }} - round({{ decimal_with_noise(column) }}, 4)) < 0.00000001
            then cast(round({{ decimal_with_noise(column) }}, 4) as {{ type_amount() }})
    end
{%- endmacro %}

{% macro decimal_with_noise(column) -%}
    try_cast(nullif({{ column }}, '') as decimal(38, 16))
{%- endmacro %}


{# A rate to twelve decimals, half away from zero: a computed one (an inverse) has no exact end. #}
{% macro rounded_rate(column) -%}
    try_cast(round(try_cast(nullif({{ column }}, '') as decimal(38, 18)), 12) as {{ type_rate() }})
{%- endmacro %}


{# The reason to reject a line of a file, with file and line in front; a line that did not fit its header needs no other. #}
{% macro line_rejection_reason(checks) -%}
    file_name || ' line ' || line_number || ': ' || case
        when problem is not null then problem
        else {{ rejection_reason(checks) }}
    end
{%- endmacro %}


{# The account that takes the result of the year out of an equity which already contains it. #}
{% macro result_in_equity_account() -%}
    'RESULT IN EQUITY'
{%- endmacro %}
