-- Grain: one row per refund.
with

final as (
    {{ accepted_rows(ref('base_zuora__refunds')) }}
)

select * from final
