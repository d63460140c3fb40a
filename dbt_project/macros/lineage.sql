{# The load of an aggregate: the one that brought its newest row; between loads of one date the last by name. #}
{% macro newest_load_id(load_id='load_id', recorded_at='recorded_at') -%}
    {{ return(adapter.dispatch('newest_load_id')(load_id, recorded_at)) }}
{%- endmacro %}

{% macro duckdb__newest_load_id(load_id, recorded_at) -%}
    arg_max({{ load_id }}, row({{ recorded_at }}, {{ load_id }}))
{%- endmacro %}
