-- Grain: one row per currency; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__currencies')) }}
)

select * from final
