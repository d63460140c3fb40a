{#
    A code as it is compared everywhere: without outer blanks, upper case, leading zeros stripped when all digits
    (SAP pads, people do not); an empty code is null. For codes people type and read; never for opaque ids, which may
    be case-sensitive.
#}
{% macro normalise_code(column) -%}
    case
        when trim({{ column }}) like '0%' and {{ is_all_digits('trim(' ~ column ~ ')') }}
            then coalesce(nullif(ltrim(trim({{ column }}), '0'), ''), '0')
        else nullif(upper(trim({{ column }})), '')
    end
{%- endmacro %}


{# The text is digits and nothing else. #}
{% macro is_all_digits(expression) -%}
    {{ return(adapter.dispatch('is_all_digits')(expression)) }}
{%- endmacro %}

{% macro duckdb__is_all_digits(expression) -%}
    regexp_full_match({{ expression }}, '[0-9]+')
{%- endmacro %}


{# The natural key of a row as one text, parts joined by a bar; a missing part stays visible as an empty place. #}
{% macro natural_key(columns) -%}
    concat_ws('|'
        {%- for column in columns -%}, coalesce(cast({{ column }} as varchar), ''){%- endfor -%}
    )
{%- endmacro %}


{# The surrogate id of a natural key: md5 of its parts joined by a bar. #}
{% macro surrogate_key(columns) -%}
    md5({{ natural_key(columns) }})
{%- endmacro %}


{# A row of a CTE as JSON text, for evidence. #}
{% macro row_as_json(relation) -%}
    {{ return(adapter.dispatch('row_as_json')(relation)) }}
{%- endmacro %}

{% macro duckdb__row_as_json(relation) -%}
    cast(to_json({{ relation }}) as varchar)
{%- endmacro %}


{# How alike two texts are, 0 to 1, whatever their case; 0 where one is missing. #}
{% macro text_similarity(one, other) -%}
    {{ return(adapter.dispatch('text_similarity')(one, other)) }}
{%- endmacro %}

{% macro duckdb__text_similarity(one, other) -%}
    coalesce(jaro_winkler_similarity(lower({{ one }}), lower({{ other }})), 0)
{%- endmacro %}
