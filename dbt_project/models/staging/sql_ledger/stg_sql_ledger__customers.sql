-- Grain: one row per customer; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__customers')) }}
)

select * from final
