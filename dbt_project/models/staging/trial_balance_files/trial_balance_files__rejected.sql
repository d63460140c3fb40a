-- Grain: one row per rejected row of the system, with its reason (file and line) and its payload as landed.
with

final as (
    {{ rejected_rows({
        'account_types': ref('base_trial_balance_files__account_types'),
        'accounts': ref('base_trial_balance_files__accounts'),
        'balances': ref('base_trial_balance_files__balances'),
        'conventions': ref('base_trial_balance_files__conventions'),
        'cost_centres': ref('base_trial_balance_files__cost_centres'),
        'currencies': ref('base_trial_balance_files__currencies'),
        'entities': ref('base_trial_balance_files__entities'),
        'rates': ref('base_trial_balance_files__rates'),
        'scenarios': ref('base_trial_balance_files__scenarios'),
    }) }}
)

select * from final
