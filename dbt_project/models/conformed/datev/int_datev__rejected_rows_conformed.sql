-- Grain: one row per rejected row of DATEV booking batches that somebody has to look at, without its values.
with

rejected_rows as (
    {{ rejected_without_duplicates(ref('datev__rejected')) }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'datev') }}
)

select * from final
