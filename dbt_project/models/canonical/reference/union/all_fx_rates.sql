-- Grain: one row per quoted rate and instance, as the systems know it.
{{ all_systems([
    ref('int_ecb__fx_rates_conformed'),
    ref('int_trial_balance_files__fx_rates_conformed'),
]) }}
