{#
    No row is lost and none is doubled in staging: accepted rows (the model under test) and rejected rows of one landed
    table are together as many as the table has current keys, and among the accepted ones the grain holds. Keys are
    counted from the landed rows themselves, not through current_rows.

    grain: the columns that name an accepted row, none of them null; landed: the source relation; keys: its key columns;
    rejected: the system's rejected model; table_name: in it.
#}
{% test every_landed_row_once(model, grain, landed, keys, rejected, table_name) %}

with

landed_keys as (
    select distinct source_instance, {{ keys | join(', ') }}
    from {{ landed }}
),

accepted_keys as (
    select
        count(*) as number_of_rows,
        {% for column in grain %}{{ column }} is null or {% endfor %}false as is_incomplete
    from {{ model }}
    group by {{ grain | join(', ') }}
),

counts as (
    select
        (select count(*) from landed_keys) as landed_rows,
        (select coalesce(sum(number_of_rows), 0) from accepted_keys) as accepted_rows,
        (select count(*) from {{ rejected }} where table_name = '{{ table_name }}') as rejected_rows,
        (select count(*) from accepted_keys where number_of_rows > 1 or is_incomplete) as keys_against_the_grain
)

select *
from counts
where landed_rows <> accepted_rows + rejected_rows or keys_against_the_grain > 0

{% endtest %}
