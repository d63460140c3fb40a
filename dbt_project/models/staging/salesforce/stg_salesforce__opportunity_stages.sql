-- Grain: one row per opportunity stage.
with

final as (
    {{ accepted_rows(ref('base_salesforce__opportunity_stages')) }}
)

select * from final
