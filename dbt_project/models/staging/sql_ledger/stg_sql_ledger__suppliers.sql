-- Grain: one row per supplier; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__suppliers')) }}
)

select * from final
