{#
    The current version of every landed row: a select to put into a CTE.

    Keys are the source's key columns; source_instance is added. Of several versions the one of the highest
    load_sequence wins; of a snapshot only the latest load counts: what it no longer brings is gone. load_id and
    recorded_at are those of the first load that brought this same content, so a row landed again unchanged keeps its
    identity. All landed columns come back.

    Cost: most keys were landed once. They are told apart by counting a 64-bit hash of the key; a collision only sends
    a row the long way, where keys and contents are compared as they are, so the answer is exact.
#}
{% macro current_rows(relation, keys) -%}
    {%- set key_columns = ['source_instance'] + keys -%}
    with

    repeated_keys as (
        select key_hash
        from (select {{ hash_of(key_columns) }} as key_hash from {{ relation }}) as hashed
        group by key_hash
        having count(*) > 1
    ),

    single_versions as (
        select {{ all_columns_except(['load_id', 'recorded_at']) }}, load_id, recorded_at
        from {{ relation }}
        where {{ hash_of(key_columns) }} not in (select key_hash from repeated_keys)
    ),

    repeated_versions as (
        select
            *,
            {{ content_of_row(landing_columns()) }} as row_content
        from {{ relation }}
        where {{ hash_of(key_columns) }} in (select key_hash from repeated_keys)
    ),

    ranked_versions as (
        select
            *,
            row_number() over (
                partition by {{ key_columns | join(', ') }}
                order by load_sequence desc, row_content desc
            ) as version_rank,
            first_value(load_id) over (
                partition by {{ key_columns | join(', ') }}, row_content
                order by load_sequence
            ) as first_load_id,
            first_value(recorded_at) over (
                partition by {{ key_columns | join(', ') }}, row_content
                order by load_sequence
            ) as first_recorded_at
        from repeated_versions
    ),

    latest_versions as (
        select
            {{ all_columns_except([
                'load_id', 'recorded_at', 'row_content', 'version_rank', 'first_load_id', 'first_recorded_at'
            ]) }},
            first_load_id as load_id,
            first_recorded_at as recorded_at
        from ranked_versions
        where version_rank = 1
    ),

    all_versions as (
        select * from single_versions
        union all
        select * from latest_versions
    )

    select * from all_versions
    where load_mode is distinct from 'snapshot' or is_latest_load
{%- endmacro %}


{# What landing adds to a source's columns; never part of a row's content. #}
{% macro landing_columns() -%}
    {{ return(['source_instance', 'load_id', 'load_sequence', 'recorded_at', 'load_mode', 'is_latest_load']) }}
{%- endmacro %}


{# A 64-bit hash of several columns, for finding candidates; never stored. #}
{% macro hash_of(columns) -%}
    {{ return(adapter.dispatch('hash_of')(columns)) }}
{%- endmacro %}

{% macro duckdb__hash_of(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}


{# Every column but these. #}
{% macro all_columns_except(columns) -%}
    {{ return(adapter.dispatch('all_columns_except')(columns)) }}
{%- endmacro %}

{% macro duckdb__all_columns_except(columns) -%}
    * exclude ({{ columns | join(', ') }})
{%- endmacro %}


{# All columns of a row but these as one comparable value; null equals null. #}
{% macro content_of_row(columns) -%}
    {{ return(adapter.dispatch('content_of_row')(columns)) }}
{%- endmacro %}

{% macro duckdb__content_of_row(columns) -%}
    row(*columns(column_name -> column_name not in ('{{ columns | join("', '") }}')))
{%- endmacro %}
