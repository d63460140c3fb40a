-- Grain: one row per item sold or bought; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__items')) }}
)

select * from final
