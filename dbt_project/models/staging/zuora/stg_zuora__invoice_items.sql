-- Grain: one row per item of an invoice, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_zuora__invoice_items')) }}
)

select * from final
