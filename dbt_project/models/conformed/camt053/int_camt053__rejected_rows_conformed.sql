-- Grain: one row per rejected row of camt.053 files that somebody has to look at, without its values.
with

rejected_rows as (
    {{ rejected_without_duplicates(ref('camt053__rejected')) }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'camt053') }}
)

select * from final
