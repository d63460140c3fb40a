{#
    A join lost and multiplied nothing: number of rows and Σ amount of the model equal those of the relation it was made
    from. `group_by` compares per group (columns that both have), `before_where` restricts the relation before.
    With compare_count: false only the amounts are compared (a model of a coarser grain). `along_with` names a relation that
    has the other rows of what was before.
#}
{% test totals_preserved(
    model, before, amount, before_amount=none, group_by=[], before_where=none, compare_count=true, along_with=none
) %}

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
)

select
    {% for column in group_by %}coalesce(before.{{ column }}, after.{{ column }}) as {{ column }}, {% endfor %}
    before.number_of_rows as rows_before,
    after.number_of_rows as rows_after,
    before.total as total_before,
    after.total as total_after
from before
full outer join after on
    {% for column in group_by %}before.{{ column }} is not distinct from after.{{ column }}{{ ' and ' if not loop.last }}{% else %}true{% endfor %}
where
    coalesce(before.total, 0) <> coalesce(after.total, 0)
    {% if compare_count %}or coalesce(before.number_of_rows, 0) <> coalesce(after.number_of_rows, 0){% endif %}

{% endtest %}
