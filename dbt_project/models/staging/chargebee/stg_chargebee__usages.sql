-- Grain: one row per reported usage.
with

final as (
    {{ accepted_rows(ref('base_chargebee__usages')) }}
)

select * from final
