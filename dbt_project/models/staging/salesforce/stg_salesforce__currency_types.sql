-- Grain: one row per currency of an organisation with several.
with

final as (
    {{ accepted_rows(ref('base_salesforce__currency_types')) }}
)

select * from final
