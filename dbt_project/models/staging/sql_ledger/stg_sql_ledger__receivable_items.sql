-- Grain: one row per item of a customer; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__receivable_items')) }}
)

select * from final
