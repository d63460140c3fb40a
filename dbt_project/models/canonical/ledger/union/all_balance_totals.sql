-- Grain: one row per ledger, entity, period, account scope and instance, of systems that report balances.
{{ all_systems([
    ref('int_trial_balance_files__balance_totals_conformed'),
    ref('int_oracle_fusion__balance_totals_conformed'),
]) }}
