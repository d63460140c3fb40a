-- Grain: one row per bank account, statement and entry.
with

final as (
    {{ accepted_rows(ref('base_mt940__entries')) }}
)

select * from final
