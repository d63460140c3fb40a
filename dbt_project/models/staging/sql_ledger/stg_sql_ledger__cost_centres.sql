-- Grain: one row per cost centre; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__cost_centres')) }}
)

select * from final
