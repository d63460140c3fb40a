{# The schema of the address law, as it is written: no target prefix, so that `staging.x` is `staging.x` everywhere. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name if custom_schema_name is not none else target.schema }}
{%- endmacro %}
