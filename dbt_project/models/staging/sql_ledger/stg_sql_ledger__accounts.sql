-- Grain: one row per account; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sql_ledger__accounts')) }}
)

select * from final
