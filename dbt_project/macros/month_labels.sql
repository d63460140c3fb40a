{# The first day of a planning month such as 'Oct 24'; null for a quarter, a year or anything else. #}
{% macro month_label(column) -%}
    try_cast(
        '20' || substr(trim({{ column }}), 5) || '-'
        || case lower(substr(trim({{ column }}), 1, 4))
        {%- for month in ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] %}
            when '{{ month }} ' then '{{ '%02d' % loop.index }}'
        {%- endfor %}
        end || '-01' as date
    )
{%- endmacro %}
