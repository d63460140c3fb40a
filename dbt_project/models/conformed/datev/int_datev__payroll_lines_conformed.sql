-- Grain: one row per pay run, cost centre, pay component and account, debit > 0.
with

final as (
    {{ conformed_payroll_lines(ref('stg_datev__lines')) }}
)

select * from final
