-- Grain: one row per pay run.
with

final as (
    {{ accepted_rows(ref('base_payroll_csv__runs')) }}
)

select * from final
