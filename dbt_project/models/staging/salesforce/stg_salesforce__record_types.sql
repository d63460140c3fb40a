-- Grain: one row per record type.
with

final as (
    {{ accepted_rows(ref('base_salesforce__record_types')) }}
)

select * from final
