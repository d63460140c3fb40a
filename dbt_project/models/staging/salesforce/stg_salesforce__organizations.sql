-- Grain: one row per organisation.
with

final as (
    {{ accepted_rows(ref('base_salesforce__organizations')) }}
)

select * from final
