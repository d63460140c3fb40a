-- Grain: one row per bank account, statement and instance.
{{ all_systems([
    ref('int_camt053__bank_statements_conformed'),
    ref('int_mt940__bank_statements_conformed'),
]) }}
