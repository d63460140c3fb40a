-- Grain: one row per territory model.
with

final as (
    {{ accepted_rows(ref('base_salesforce__territory_models')) }}
)

select * from final
