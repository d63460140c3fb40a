-- Grain: one row per instance; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__conventions')) }}
)

select * from final
