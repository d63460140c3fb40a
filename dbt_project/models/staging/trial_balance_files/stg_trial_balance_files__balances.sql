-- Grain: one row per line of the balance files. Lines of one key add up.
with

final as (
    {{ accepted_rows(ref('base_trial_balance_files__balances')) }}
)

select * from final
