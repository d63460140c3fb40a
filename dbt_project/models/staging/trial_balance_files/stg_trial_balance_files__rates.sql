-- Grain: one row per line of the rate file.
with

final as (
    {{ accepted_rows(ref('base_trial_balance_files__rates')) }}
)

select * from final
