-- Grain: one row per bank account, statement and entry.
with

final as (
    {{ accepted_rows(ref('base_camt053__entries')) }}
)

select * from final
