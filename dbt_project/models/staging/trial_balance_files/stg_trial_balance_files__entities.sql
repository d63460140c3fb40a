-- Grain: one row per line of the entity file.
with

final as (
    {{ accepted_rows(ref('base_trial_balance_files__entities')) }}
)

select * from final
