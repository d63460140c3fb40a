{#
    The checkpoint of everything after staging. A join lost and multiplied nothing: number of rows and Σ amount of the
    model equal those of the relation it was made from. `group_by` compares per group (columns that both have),
    `before_where` restricts the relation before. With compare_count: false only the amounts are compared (a model of a
    coarser grain). `along_with` names a relation that has the other rows of what was before.

    What is kept of it is one row per instance and currency, where they are among the groups: an amount without a
    currency is compared, but not shown.
#}
{% test totals_preserved(
    model, before, amount, before_amount=none, group_by=[], before_where=none, compare_count=true, along_with=none
) %}

{{ config(**checkpoint()) }}

{%- set currency = group_by | select('in', currency_columns()) | first | default(none) -%}
{%- set by_instance = 'source_instance' in group_by %}

with

before as (
    select
        {% for column in group_by %}{{ column }}, {% endfor %}
        count(*) as number_of_rows,
        coalesce(sum({{ before_amount or amount }}), 0) as total
    from {{ before }}
    {% if before_where %}where {{ before_where }}{% endif %}
    {% if group_by %}group by {{ group_by | join(', ') }}{% endif %}
),

after as (
    select
        {% for column in group_by %}{{ column }}, {% endfor %}
        count(*) as number_of_rows,
        coalesce(sum(amount_after), 0) as total
    from (
        {%- for relation in [model, along_with] if relation %}
        select {% for column in group_by %}{{ column }}, {% endfor %}{{ amount }} as amount_after from {{ relation }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as rows_after
    {% if group_by %}group by {{ group_by | join(', ') }}{% endif %}
),

compared as (
    select
        {% for column in group_by %}coalesce(before.{{ column }}, after.{{ column }}) as {{ column }}, {% endfor %}
        coalesce(before.number_of_rows, 0) as rows_in,
        coalesce(after.number_of_rows, 0) as rows_out,
        coalesce(before.total, 0) as amount_in,
        coalesce(after.total, 0) as amount_out,
        coalesce(before.total, 0) <> coalesce(after.total, 0)
        {% if compare_count %}or coalesce(before.number_of_rows, 0) <> coalesce(after.number_of_rows, 0){% endif %}
            as is_broken
    from before
    full outer join after on
        {% for column in group_by %}before.{{ column }} is not distinct from after.{{ column }}{{ ' and ' if not loop.last }}{% else %}true{% endfor %}
)

select
    {{ 'source_instance' if by_instance else 'cast(null as varchar)' }} as source_instance,
    {{ "'" ~ (amount | replace("'", "''")) ~ "'" if currency else 'cast(null as varchar)' }} as amount_name,
    {{ currency or 'cast(null as varchar)' }} as currency_code,
    cast({{ 'sum(rows_in)' if compare_count else 'null' }} as bigint) as rows_in,
    cast({{ 'sum(rows_out)' if compare_count else 'null' }} as bigint) as rows_out,
    cast({{ 'sum(amount_in)' if currency else 'null' }} as {{ type_amount() }}) as amount_in,
    cast({{ 'sum(amount_out)' if currency else 'null' }} as {{ type_amount() }}) as amount_out,
    count(case when is_broken then 1 end) = 0 as is_passed,
    concat(
        count(case when is_broken then 1 end), ' of ', count(*), ' groups do not tie',
        min(case when is_broken then concat(
            ', such as ', concat_ws(' ', {% for column in group_by %}{{ column }}, {% endfor %}'with'),
            ' ', rows_in, ' rows and ', amount_in, ' before, ', rows_out, ' rows and ', amount_out, ' after'
        ) end)
    ) as finding
from compared
{% if by_instance or currency -%}
group by {{ (['source_instance'] if by_instance else []) | join(', ') }}{{ ', ' if by_instance and currency }}{{ currency or '' }}
{%- endif %}

{% endtest %}
