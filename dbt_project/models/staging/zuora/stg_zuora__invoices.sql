-- Grain: one row per invoice, drafts, cancelled and deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_zuora__invoices')) }}
)

select * from final
