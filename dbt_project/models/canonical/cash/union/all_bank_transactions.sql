-- Grain: one row per bank account, statement, entry and instance.
{{ all_systems([
    ref('int_camt053__bank_transactions_conformed'),
    ref('int_mt940__bank_transactions_conformed'),
]) }}
