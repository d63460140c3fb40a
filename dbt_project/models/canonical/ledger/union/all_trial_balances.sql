-- Grain: one row per ledger, entity, account, cost centre, period and instance, as the systems know it.
-- Only systems that report balances instead of postings are here; the others' balances are made of their journal lines.
{{ all_systems([
    ref('int_trial_balance_files__trial_balances_conformed'),
]) }}
