-- Grain: one row per account with dimensions; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__dimension_combinations')) }}
)

select * from final
