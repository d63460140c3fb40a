-- Grain: one row per credit memo or payment a refund pays back.
with

final as (
    {{ accepted_rows(ref('base_zuora__refund_applications')) }}
)

select * from final
