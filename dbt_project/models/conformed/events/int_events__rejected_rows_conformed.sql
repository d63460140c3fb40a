-- Grain: one row per rejected line of an inbox that somebody has to look at, without its values.
with

rejected_rows as (
    {{ rejected_without_duplicates(ref('events__rejected')) }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'events') }}
)

select * from final
