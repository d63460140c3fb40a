-- Grain: one row per product; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__products')) }}
)

select * from final
