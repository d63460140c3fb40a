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


{# Why a cell of a model is no plan: its version is unknown, holds actuals, or is neither a budget nor a forecast. #}
{% macro planned_version_checks() -%}
    {{ return([
        rejected_when('version_name is null', "'Version is not one of the model: ' || coalesce(Version, '')"),
        rejected_when('is_actual', "'Version holds actuals, not a plan: ' || version_name"),
        rejected_when(
            'not is_actual and scenario_name is null', "'Version is neither a budget nor a forecast: ' || version_name"
        ),
    ]) }}
{%- endmacro %}
