-- Grain: one row per entity and period, as summed by the database; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__control_totals')) }}
)

select * from final
