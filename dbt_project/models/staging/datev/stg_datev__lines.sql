-- Grain: one row per run, cost centre, wage type, account and side.
with

final as (
    {{ accepted_rows(ref('base_datev__lines')) }}
)

select * from final
