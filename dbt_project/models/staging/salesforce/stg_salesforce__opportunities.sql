-- Grain: one row per opportunity, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_salesforce__opportunities')) }}
)

select * from final
