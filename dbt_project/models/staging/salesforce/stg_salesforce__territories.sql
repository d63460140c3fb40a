-- Grain: one row per territory.
with

final as (
    {{ accepted_rows(ref('base_salesforce__territories')) }}
)

select * from final
