-- Grain: one row per pay run of a file, or per file that cannot be read, with the reason to reject it if there is one.
with

final as (
    {{ base_payroll_runs(source('landed_payroll_csv', 'runs'), source('landed_payroll_csv', 'lines')) }}
)

select * from final
