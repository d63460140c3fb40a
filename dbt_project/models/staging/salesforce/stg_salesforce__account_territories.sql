-- Grain: one row per assignment of an account to a territory.
with

final as (
    {{ accepted_rows(ref('base_salesforce__account_territories')) }}
)

select * from final
