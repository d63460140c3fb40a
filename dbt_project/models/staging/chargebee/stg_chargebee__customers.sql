-- Grain: one row per customer, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_chargebee__customers')) }}
)

select * from final
