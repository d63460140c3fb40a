-- Grain: one row per rejected row of MT940 files that somebody has to look at, without its values.
with

rejected_rows as (
    {{ rejected_without_duplicates(ref('mt940__rejected')) }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'mt940') }}
)

select * from final
