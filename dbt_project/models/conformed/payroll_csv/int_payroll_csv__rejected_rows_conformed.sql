-- Grain: one row per rejected row of Payroll files (CSV) that somebody has to look at, without its values.
with

rejected_rows as (
    {{ rejected_without_duplicates(ref('payroll_csv__rejected')) }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'payroll_csv') }}
)

select * from final
