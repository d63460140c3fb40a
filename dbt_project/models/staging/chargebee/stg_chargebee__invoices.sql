-- Grain: one row per invoice, pending, void and deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_chargebee__invoices')) }}
)

select * from final
