{#
    Business Central's notations: what is missing is written, too. A date that is none is 0001-01-01, a reference to
    nothing a GUID of zeros, an option without a value a blank; names of options have their blanks as _x0020_.
#}

{# The date, null for none. #}
{% macro business_central_date(column) -%}
    nullif({{ iso_date(column) }}, date '0001-01-01')
{%- endmacro %}


{# An identifier in lower case, null where it refers to nothing. #}
{% macro business_central_id(column) -%}
    nullif(lower({{ text(column) }}), '00000000-0000-0000-0000-000000000000')
{%- endmacro %}


{# The name of an option as people read it, null for none. #}
{% macro business_central_option(column) -%}
    nullif(trim(replace({{ column }}, '_x0020_', ' ')), '')
{%- endmacro %}


{# A record of a company as the whole instance knows it: every company numbers its customers, items and cost centres. #}
{% macro business_central_record(company, code) -%}
    {{ company }} || '/' || {{ code }}
{%- endmacro %}


{# The one ledger that every company has. #}
{% macro business_central_ledger() -%}
    'GL'
{%- endmacro %}
