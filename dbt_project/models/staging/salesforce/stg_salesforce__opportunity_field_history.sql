-- Grain: one row per change of a field of an opportunity.
with

final as (
    {{ accepted_rows(ref('base_salesforce__opportunity_field_history')) }}
)

select * from final
