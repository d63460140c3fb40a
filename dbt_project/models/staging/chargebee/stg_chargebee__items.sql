-- Grain: one row per item.
with

final as (
    {{ accepted_rows(ref('base_chargebee__items')) }}
)

select * from final
