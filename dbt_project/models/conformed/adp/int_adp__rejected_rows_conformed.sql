-- Grain: one row per rejected row of ADP-style ledger files that somebody has to look at, without its values.
with

rejected_rows as (
    {{ rejected_without_duplicates(ref('adp__rejected')) }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'adp') }}
)

select * from final
