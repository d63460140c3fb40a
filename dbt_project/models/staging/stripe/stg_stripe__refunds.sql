-- Grain: one row per refund, failed ones included.
with

final as (
    {{ accepted_rows(ref('base_stripe__refunds')) }}
)

select * from final
