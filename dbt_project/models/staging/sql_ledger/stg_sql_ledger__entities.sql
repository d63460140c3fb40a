-- Grain: one row per legal entity; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__entities')) }}
)

select * from final
