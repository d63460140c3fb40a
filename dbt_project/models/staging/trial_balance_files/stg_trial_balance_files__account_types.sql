-- Grain: one row per account type of an instance, with what the company file says it is.
with

final as (
    {{ accepted_rows(ref('base_trial_balance_files__account_types')) }}
)

select * from final
