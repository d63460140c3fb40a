-- Grain: one row per line of the cost centre file.
with

final as (
    {{ accepted_rows(ref('base_trial_balance_files__cost_centres')) }}
)

select * from final
