{#
    NetSuite's notations. Queries write dates and moments in one form whatever the user prefers; a moment has no zone, for
    the user of the integration lives in GMT.
#}

{# T and F. #}
{% macro netsuite_flag(column) -%}
    case {{ column }} when 'T' then true when 'F' then false end
{%- endmacro %}


{# UTC timestamp of 2026-09-30 17:05:00; null for anything else. #}
{% macro netsuite_timestamp(column) -%}
    case when length({{ column }}) = 19 then try_cast({{ column }} as timestamp) end
{%- endmacro %}


{# The name of the one chart of accounts that all subsidiaries of an installation share. #}
{% macro netsuite_chart() -%}
    'NETSUITE'
{%- endmacro %}
