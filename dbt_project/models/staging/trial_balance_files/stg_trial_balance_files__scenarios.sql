-- Grain: one row per line of the scenario file.
with

final as (
    {{ accepted_rows(ref('base_trial_balance_files__scenarios')) }}
)

select * from final
