-- Grain: one row per bank account and statement.
with

final as (
    {{ accepted_rows(ref('base_mt940__statements')) }}
)

select * from final
