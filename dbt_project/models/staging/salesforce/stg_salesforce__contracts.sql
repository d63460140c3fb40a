-- Grain: one row per contract, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_salesforce__contracts')) }}
)

select * from final
