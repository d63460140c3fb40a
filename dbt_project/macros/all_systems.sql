{#
    The rows of one conformed entity from every system that has it: one line per system is all it takes to add one.
    Columns are matched by name, because the contract of a conformed model fixes names and types, not an order that a
    union could rely on.

    Only the systems of the company are read (variable `systems`; all of them where it is not given): the others have no
    rows, and a run does not build their models. A company without any has the columns of the contract, and no rows.

    relations: the conformed models. With a label_column each of them is a pair of a label and a model, and the label is
    in that column, in front.
#}
{% macro all_systems(relations, label_column=none) -%}
    {{ return(adapter.dispatch('all_systems')(relations, label_column)) }}
{%- endmacro %}

{% macro duckdb__all_systems(relations, label_column) -%}
    {%- set chosen = [] -%}
    {%- for each in relations -%}
        {%- set label, relation = each if label_column else (none, each) -%}
        {%- if is_of_the_company(relation) -%}{%- do chosen.append((label, relation)) -%}{%- endif -%}
    {%- endfor -%}
    {%- for label, relation in chosen %}
    select {% if label_column %}'{{ label }}' as {{ label_column }}, {% endif %}* from {{ relation }}
    {{ 'union all by name' if not loop.last }}
    {%- else %}
    {{ no_rows_of_contract(relations[0][1] if label_column else relations[0], label_column) }}
    {%- endfor %}
{%- endmacro %}


{# Whether the company has the system of a conformed model; relations of no one system are everybody's. #}
{% macro is_of_the_company(relation) -%}
    {%- set systems = var('systems', none) -%}
    {%- set system = relation.identifier.split('__')[0].removeprefix('int_') -%}
    {{ return(systems is none or '__' not in relation.identifier or system in systems) }}
{%- endmacro %}


{# The columns of a model's contract, without rows. #}
{% macro no_rows_of_contract(relation, label_column) -%}
    {%- set columns = ['cast(null as varchar) as ' ~ label_column] if label_column else [] -%}
    {%- if execute -%}
        {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') -%}
        {%- for model in models if model.alias == relation.identifier -%}
            {%- for column in model.columns.values() -%}
                {%- do columns.append('cast(null as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return('select ' ~ columns | join(', ') ~ ' where false') }}
{%- endmacro %}
