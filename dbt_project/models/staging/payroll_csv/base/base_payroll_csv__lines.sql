-- Grain: one row per run, cost centre, wage type and account of a file, with the reason to reject it if there is one.
-- amount_local is debit > 0; it is the sum over people that the source made, nobody stands in it.
with

final as (
    {{ base_payroll_lines(source('landed_payroll_csv', 'lines'), ref('base_payroll_csv__runs')) }}
)

select * from final
