-- Grain: one row per line of an invoice, current version.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'invoice_lines'), ['invoice', 'line_number']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['invoice', 'line_number']) }} as source_key,
        {{ normalise_code('invoice') }} as source_invoice_id,
        {{ normalise_code('line_number') }} as line_number,
        {{ normalise_code('product') }} as source_product_id,
        {{ quantity('quantity') }} as quantity,
        {{ amount('net') }} as amount_net,
        {{ rejection_reason([
            required('invoice'),
            required('line_number'),
            castable('quantity', quantity('quantity')),
            required('net', amount('net')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
