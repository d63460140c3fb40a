-- Grain: one row per invoice that exists. A deleted one says so. A pending one that is closed vanishes without a word and
-- comes back under its number: it is gone when the latest list of pending invoices misses it.
with

invoices as (
    select * from {{ ref('stg_chargebee__invoices') }}
    where not is_deleted
),

pending_invoices as (
    select * from {{ ref('stg_chargebee__pending_invoices') }}
),

final as (
    select invoices.*
    from invoices
    left join pending_invoices
        on
            invoices.source_instance = pending_invoices.source_instance
            and invoices.source_invoice_id = pending_invoices.source_invoice_id
    where invoices.invoice_status <> 'pending' or pending_invoices.source_invoice_id is not null
)

select * from final
