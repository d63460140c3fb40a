-- Grain: one row per currency and validity of one of the CRM's own rates.
with

final as (
    {{ accepted_rows(ref('base_salesforce__dated_conversion_rates')) }}
)

select * from final
