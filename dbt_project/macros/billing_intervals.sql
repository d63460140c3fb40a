{# The months of a billing interval: a year is 12, a week 12/52, a day 12/365; null for any other word. #}
{% macro months_of_interval(column) -%}
    case {{ column }}
        when 'year' then 12.000000000000
        when 'month' then 1.000000000000
        when 'week' then 0.230769230769
        when 'day' then 0.032876712329
    end
{%- endmacro %}
