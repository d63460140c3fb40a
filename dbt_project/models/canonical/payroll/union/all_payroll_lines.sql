-- Grain: one row per pay run, cost centre, pay component, account and instance.
{{ all_systems([
    ref('int_adp__payroll_lines_conformed'),
    ref('int_datev__payroll_lines_conformed'),
    ref('int_payroll_csv__payroll_lines_conformed'),
]) }}
