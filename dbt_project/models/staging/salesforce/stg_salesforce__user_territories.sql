-- Grain: one row per assignment of a person to a territory.
with

final as (
    {{ accepted_rows(ref('base_salesforce__user_territories')) }}
)

select * from final
