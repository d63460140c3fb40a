-- Grain: one row per user.
with

final as (
    {{ accepted_rows(ref('base_salesforce__users')) }}
)

select * from final
