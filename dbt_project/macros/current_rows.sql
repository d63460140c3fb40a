{#
    One row per key of a landed table: a select to put into a CTE. All landed columns come back.

    A landed table shows the rows that are current after each instance's last accepted load, whatever loads came before.
    What is left to decide is which of several versions counts that came with one load, when paging went over data that
    moved: the one of the later load, then the one whose content sorts last, so that it is always the same.

    Keys are the source's key columns; source_instance is added. Cost: nearly all keys are there once. They are told
    apart by counting a 64-bit hash of the key; a collision only sends a row the long way, where keys are compared as
    they are, so the answer is exact.
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
        select * from {{ relation }}
        where {{ hash_of(key_columns) }} not in (select key_hash from repeated_keys)
    ),

    ranked_versions as (
        select
            *,
            row_number() over (
                partition by {{ key_columns | join(', ') }}
                order by load_sequence desc, {{ content_of_row(landing_columns()) }} desc
            ) as version_rank
        from {{ relation }}
        where {{ hash_of(key_columns) }} in (select key_hash from repeated_keys)
    ),

    all_versions as (
        select * from single_versions
        union all
        select {{ all_columns_except(['version_rank']) }} from ranked_versions
        where version_rank = 1
    )

    select * from all_versions
{%- endmacro %}


{# What landing adds to a source's columns; never part of a row's content. #}
{% macro landing_columns() -%}
    {{ return(['source_instance', 'load_id', 'load_sequence', 'recorded_at', 'is_removed']) }}
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


{#
    The landed rows of a table, of each object only its newest version: what changes while its list is read comes a
    second time with the same load. `version` is SQL for what grows with every change, `key` for what names an object.
#}
{% macro newest_versions(relation, version='try_cast(resource_version as bigint)', key='id') -%}
    select {{ all_columns_except(['version_rank']) }}
    from (
        select
            *,
            row_number() over (
                partition by source_instance, {{ key }}
                order by {{ version }} desc
            ) as version_rank
        from {{ relation }}
    ) as versions
    where version_rank = 1
{%- endmacro %}
