{#
    Why a row cannot be used: the checks of a base model and the text they leave. A check is a condition and a message.
    In a base model:

        {{ rejection_reason([
            required('PostingDate', sap_date('PostingDate')),
            castable('NetDueDate', sap_date('NetDueDate')),
            rejected_when("DebitCreditCode = 'H' and amount > 0", "'credit with a positive amount'"),
        ]) }} as rejection_reason
#}

{# The value must be there and must cast. #}
{% macro required(column, cast_expression=none) -%}
    {%- set cast_column = cast_expression or "nullif(" ~ column ~ ", '')" -%}
    {%- set name = column.split('.') | last -%}
    {{ return({
        'condition': '(' ~ cast_column ~ ') is null',
        'message': "coalesce('" ~ name ~ " does not cast: ' || nullif(" ~ column ~ ", ''), '" ~ name ~ " is missing')",
    }) }}
{%- endmacro %}

{# The value may be missing; if it is there, it must cast. #}
{% macro castable(column, cast_expression) -%}
    {{ return({
        'condition': column ~ " <> '' and (" ~ cast_expression ~ ') is null',
        'message': "'" ~ (column.split('.') | last) ~ " does not cast: ' || " ~ column,
    }) }}
{%- endmacro %}

{# Any other rule; `message` is a SQL text expression. #}
{% macro rejected_when(condition, message) -%}
    {{ return({'condition': condition, 'message': message}) }}
{%- endmacro %}

{# The messages of all checks that fail, joined by '; ', or null for a row to accept. #}
{% macro rejection_reason(checks) -%}
    case
        when
        {%- for check in checks %}
            ({{ check.condition }}){{ ' or' if not loop.last }}
        {%- endfor %}
            then concat_ws(
                '; '
        {%- for check in checks -%}
                , case when {{ check.condition }} then {{ check.message }} end
        {%- endfor -%}
            )
    end
{%- endmacro %}


{# What a base model keeps of a row as landed: everything when it is rejected, nothing when its columns say it all. #}
{% macro evidence(payload) -%}
    case when rejection_reason is not null then {{ payload }} end
{%- endmacro %}


{# The rejected rows of base models, all with the same columns: {table_name: relation of the base model}. #}
{% macro rejected_rows(base_models) -%}
    {%- for table_name, relation in base_models.items() %}
    select
        source_instance,
        load_id,
        recorded_at,
        '{{ table_name }}' as table_name,
        source_key,
        rejection_reason,
        payload
    from {{ relation }}
    where rejection_reason is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{# The rows of a base model that nothing is wrong with, without the columns that are only evidence of the opposite. #}
{% macro accepted_rows(base_model) -%}
    select {{ all_columns_except(['source_key', 'rejection_reason', 'payload']) }}
    from {{ base_model }}
    where rejection_reason is null
{%- endmacro %}


{#
    The rejected rows of a system as the queue may show them: which row, and the first thing that is wrong with it, but
    no value, because a value may be personal. Rows with the same cause share one text, whatever stands in them.
#}
{% macro rejected_rows_without_values(rejected_rows, system_name) -%}
    select
        cast('{{ system_name }}' as varchar) as system_name,
        table_name,
        source_key,
        {{ rejection_cause('rejection_reason') }} as rejection_cause,
        source_instance,
        load_id,
        recorded_at
    from {{ rejected_rows }}
{%- endmacro %}

{# 'amount does not cast' of 'tb.csv line 7: amount does not cast: 1O; entity is missing'. #}
{% macro rejection_cause(reason) -%}
    {{ return(adapter.dispatch('rejection_cause')(reason)) }}
{%- endmacro %}

{% macro duckdb__rejection_cause(reason) -%}
    {%- set without_place = "regexp_replace(" ~ reason ~ ", '^[^:]* line [0-9]+: ', '')" -%}
    {%- set first_message = "split_part(split_part(" ~ without_place ~ ", ': ', 1), '; ', 1)" -%}
    regexp_replace({{ first_message }}, '(^| )-?[0-9][0-9.,]*', '\1#', 'g')
{%- endmacro %}
