{#
    Nested values, landed as JSON text. A text that is no JSON gives null here and is rejected by the base model with
    `castable(column, json_document(column))`. Paths start below the document: `recurring.interval`, `[*].amount`.
#}

{# The JSON document of a text, or null when the text is none. #}
{% macro json_document(column) -%}
    {{ return(adapter.dispatch('json_document')(column)) }}
{%- endmacro %}

{% macro duckdb__json_document(column) -%}
    try_cast({{ column }} as json)
{%- endmacro %}


{# The value at a path as text, an object or array as JSON text; null when nothing is there. #}
{% macro json_text(column, path) -%}
    {{ return(adapter.dispatch('json_text')(column, path)) }}
{%- endmacro %}

{% macro duckdb__json_text(column, path) -%}
    json_extract_string({{ json_document(column) }}, '${{ "" if path.startswith("[") else "." }}{{ path }}')
{%- endmacro %}


{# One row per object of a JSON array, as JSON text; no row for an empty or missing array. A column of a select. #}
{% macro json_array_items(column) -%}
    {{ return(adapter.dispatch('json_array_items')(column)) }}
{%- endmacro %}

{% macro duckdb__json_array_items(column) -%}
    cast(unnest(coalesce(json_extract({{ json_document(column) }}, '$[*]'), [])) as varchar)
{%- endmacro %}


{#
    The sum of a whole number over the objects of a JSON array, as BIGINT; 0 for an empty or missing array. With
    `only`, a pair of field and value, over the objects that carry it. A number that is missing or not whole makes
    the whole sum null.
#}
{% macro json_sum(column, field, only=none) -%}
    {{ return(adapter.dispatch('json_sum')(column, field, only)) }}
{%- endmacro %}

{% macro duckdb__json_sum(column, field, only) -%}
    {%- set objects = "coalesce(json_extract(" ~ json_document(column) ~ ", '$[*]'), [])" -%}
    {%- if only is not none -%}
        {%- set objects = "list_filter(" ~ objects
            ~ ", lambda item: json_extract_string(item, '$." ~ only[0] ~ "') = '" ~ only[1] ~ "')" -%}
    {%- endif -%}
    {%- set number = whole_number("json_extract_string(item, '$." ~ field ~ "')") -%}
    case
        when coalesce(list_bool_and(list_transform({{ objects }}, lambda item: ({{ number }}) is not null)), true)
            then cast(coalesce(list_sum(list_transform({{ objects }}, lambda item: {{ number }})), 0) as bigint)
    end
{%- endmacro %}
