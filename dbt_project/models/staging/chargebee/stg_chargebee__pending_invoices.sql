-- Grain: one row per invoice that was pending at the latest load.
with

final as (
    {{ accepted_rows(ref('base_chargebee__pending_invoices')) }}
)

select * from final
