-- Grain: one row per run, cost centre, wage type and account of a file, with the reason to reject it if there is one.
-- amount_local is debit > 0; it is the sum over people that the source made, nobody stands in it.
with

final as (
    {{ base_payroll_lines(source('landed_adp', 'lines'), ref('base_adp__runs')) }}
)

select * from final
