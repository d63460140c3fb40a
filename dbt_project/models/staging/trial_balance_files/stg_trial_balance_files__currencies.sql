-- Grain: one row per line of the currency file.
with

final as (
    {{ accepted_rows(ref('base_trial_balance_files__currencies')) }}
)

select * from final
