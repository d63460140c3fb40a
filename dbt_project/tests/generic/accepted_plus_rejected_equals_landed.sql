{#
    No row is lost in staging: accepted rows (the model under test) and rejected rows of one landed table are together
    as many as the table has current keys. Keys are counted from the landed rows themselves, not through current_rows.

    landed: the source relation; keys: its key columns; rejected: the system's rejected model; table_name: in it.
#}
{% test accepted_plus_rejected_equals_landed(model, landed, keys, rejected, table_name) %}

with

landed_keys as (
    select distinct source_instance, {{ keys | join(', ') }}
    from {{ landed }}
    where load_mode is distinct from 'snapshot' or is_latest_load
),

counts as (
    select
        (select count(*) from landed_keys) as landed_rows,
        (select count(*) from {{ model }}) as accepted_rows,
        (select count(*) from {{ rejected }} where table_name = '{{ table_name }}') as rejected_rows
)

select *
from counts
where landed_rows <> accepted_rows + rejected_rows

{% endtest %}
