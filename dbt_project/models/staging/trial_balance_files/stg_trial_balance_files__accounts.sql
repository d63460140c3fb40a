-- Grain: one row per line of the chart file, totals included.
with

final as (
    {{ accepted_rows(ref('base_trial_balance_files__accounts')) }}
)

select * from final
