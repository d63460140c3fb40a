{#
    The rows of one conformed entity from every system that has it: one line per system is all it takes to add one.
    Columns are matched by name, because the contract of a conformed model fixes names and types, not an order that a
    union could rely on.

    relations: the conformed models. labels: optionally a text per relation, in a column named label_column in front.
#}
{% macro all_systems(relations, labels=none, label_column=none) -%}
    {{ return(adapter.dispatch('all_systems')(relations, labels, label_column)) }}
{%- endmacro %}

{% macro duckdb__all_systems(relations, labels, label_column) -%}
    {%- for relation in relations %}
    select {% if labels %}'{{ labels[loop.index0] }}' as {{ label_column }}, {% endif %}* from {{ relation }}
    {{ 'union all by name' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
