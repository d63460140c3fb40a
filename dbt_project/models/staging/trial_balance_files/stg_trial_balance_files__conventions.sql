-- Grain: one row per instance: how the company file says the numbers are meant.
with

final as (
    {{ accepted_rows(ref('base_trial_balance_files__conventions')) }}
)

select * from final
