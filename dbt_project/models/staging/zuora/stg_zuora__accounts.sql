-- Grain: one row per account.
with

final as (
    {{ accepted_rows(ref('base_zuora__accounts')) }}
)

select * from final
