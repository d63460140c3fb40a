-- Grain: one row per item of a supplier; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__payable_items')) }}
)

select * from final
