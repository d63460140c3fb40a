-- Grain: one row per installation; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__dimension_parameters')) }}
)

select * from final
