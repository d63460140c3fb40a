{#
    Tables and views are replaced in one statement. dbt's own materializations build beside the old relation, rename
    twice and drop: for readers of a live database. Nobody reads the build warehouse, and per model that costs more time
    than its SQL. A statement that fails leaves the old relation as it was.
#}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- if model['language'] == 'sql' -%}
        {{ return(replaced_in_place('table')) }}
    {%- endif -%}
    {#- What a model in Python returns replaces the table in one statement, too; dbt calls `materialize` with it. It
        lets Python run from a materialization alone, not from a macro. -#}
    {%- set target = this.incorporate(type='table') -%}
    {%- call statement('main', language='python') -%}
{{ compiled_code }}


def materialize(df, con):
    con.register('returned', df)
    con.execute('create or replace table {{ target }} as select * from returned')
    con.unregister('returned')
    {%- endcall -%}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(replaced_in_place('view')) }}
{% endmaterialization %}

{% macro replaced_in_place(type) %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type=type) -%}
    {%- if existing is not none and existing.type != type -%}
        {% do adapter.drop_relation(existing) %}
    {%- endif -%}
    {%- if config.get('contract').enforced -%}
        {% do get_assert_columns_equivalent(sql) %}
    {%- endif -%}
    {%- call statement('main') -%}
        create or replace {{ type }} {{ target }} as (
            {{ sql }}
        )
    {%- endcall -%}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmacro %}
