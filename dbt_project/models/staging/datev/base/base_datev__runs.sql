-- Grain: one row per pay run of a file, or per file that cannot be read, with the reason to reject it if there is one.
with

final as (
    {{ base_payroll_runs(source('landed_datev', 'runs'), source('landed_datev', 'lines')) }}
)

select * from final
