-- Grain: one row per account.
with

final as (
    {{ accepted_rows(ref('base_salesforce__accounts')) }}
)

select * from final
