-- Grain: one row per row that waits for somebody: a row of a source that staging could not read, or of a mapping that is
-- not used. Of rows with the same cause in one table the first twenty are an item each, in the order in which they came, and
-- the rest are one item: whoever repairs the cause needs no thousand tickets. An item keeps its natural key whatever
-- comes after it; when one of the first is corrected, the next of the rest takes its place. A line of events is a matter of
-- its own: no close waits for it.
{%- set items_per_cause = var('rejected_items_per_cause', 20) %}
with

rejected_rows as (select * from {{ ref('all_rejected_rows') }}),

mapping_rejected_rows as (select * from {{ ref('mapping_rejected_rows') }}),

ranked_rows as (
    select
        *,
        case system_name when 'events' then 'event_not_read' else 'rejected_row' end as exception_type,
        row_number() over (
            partition by source_instance, table_name, rejection_cause
            order by recorded_at, source_key
        ) as place
    from rejected_rows
),

single_rows as (
    select
        exception_type,
        {{ natural_key(['source_instance', 'table_name', 'source_key']) }} as natural_key,
        concat_ws(
            ' ', table_name, source_key, 'of', source_instance || ':', rejection_cause,
            '(staging.' || system_name || '__rejected)'
        ) as subject,
        source_instance,
        load_id,
        recorded_at
    from ranked_rows
    where place <= {{ items_per_cause }}
),

other_rows as (
    select
        exception_type,
        {{ natural_key(['source_instance', 'table_name', 'rejection_cause']) }} as natural_key,
        concat_ws(
            ' ', cast(count(*) as varchar), 'more rows of', table_name, 'of', source_instance || ':', rejection_cause,
            '(staging.' || min(system_name) || '__rejected)'
        ) as subject,
        source_instance,
        {{ newest_load_id() }} as load_id,
        min(recorded_at) as recorded_at
    from ranked_rows
    where place > {{ items_per_cause }}
    group by exception_type, source_instance, table_name, rejection_cause
),

unread_rows as (
    select * from single_rows
    union all
    select * from other_rows
),

-- A file may hold the same faulty row twice: one item.
unused_mapping_rows as (
    select
        {{ natural_key(['mapping_name', 'mapping_key']) }} as natural_key,
        concat_ws(' ', mapping_name, mapping_key || ':', min({{ rejection_cause('rejection_reason') }})) as subject
    from mapping_rejected_rows
    group by mapping_name, mapping_key
),

final as (
    select
        exception_type,
        natural_key,
        cast(null as varchar) as entity_code,
        {{ month_of('cast(recorded_at as date)') }} as period_month,
        cast(null as {{ type_amount() }}) as amount_transaction,
        cast(null as varchar) as transaction_currency,
        subject,
        source_instance,
        load_id
    from unread_rows

    union all

    select
        'mapping_not_used' as exception_type,
        natural_key,
        cast(null as varchar) as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        cast(null as {{ type_amount() }}) as amount_transaction,
        cast(null as varchar) as transaction_currency,
        subject,
        cast(null as varchar) as source_instance,
        cast(null as varchar) as load_id
    from unused_mapping_rows
)

select * from final
