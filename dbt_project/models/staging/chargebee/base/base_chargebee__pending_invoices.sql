-- Grain: one row per invoice that was pending when the latest load asked, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_chargebee', 'pending_invoices'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_invoice_id,
        {{ rejection_reason([
            required('id'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
