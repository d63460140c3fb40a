-- Grain: one row per plan line and instance, as the systems know it.
{{ all_systems([
    ref('int_anaplan__plan_lines_conformed'),
    ref('int_trial_balance_files__plan_lines_conformed'),
]) }}
