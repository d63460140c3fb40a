{#
    The grain holds: these columns together name one row, and none of them is null. Nor is any of the `required` columns:
    one query where a test per column would be many, and each costs time every night.
#}
{% test unique_grain(model, columns, required=[]) %}

select
    {{ columns | join(', ') }},
    count(*) as number_of_rows
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
    {%- for column in required %}
    or count({{ column }}) < count(*)
    {%- endfor %}

{% endtest %}
