-- Grain: one row per line of an invoice or credit note, net of tax, as the document has it, with the reason to reject it
-- if there is one.
with

landed as (
    {{ newest_versions(source('landed_coupa', 'invoice_lines'), iso_timestamp('"invoice-updated-at"')) }}
),

source as (
    {{ current_rows('landed', ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_invoice_line_id,
        {{ text('"invoice-id"') }} as source_invoice_id,
        {{ normalise_code('"line-num"') }} as line_number,
        {{ text('"order-line-id"') }} as source_order_line_id,
        {{ normalise_code('"order-header-num"') }} as source_order_id,
        {{ normalise_code('"order-line-num"') }} as order_line_number,
        {{ text('description') }} as line_text,
        {{ quantity('quantity') }} as quantity,
        {{ amount('total') }} as amount_net_transaction,
        {{ text(json_text('account', 'code')) }} as account_code,
        -- Taken out of its invoice since, or while the list was read.
        coalesce(is_removed, false)
        or {{ iso_timestamp('"invoice-updated-at"') }} < max({{ iso_timestamp('"invoice-updated-at"') }}) over (
            partition by source_instance, "invoice-id"
        ) as is_removed,
        {{ rejection_reason([
            required('id'),
            required('"invoice-id"'),
            required('"line-num"'),
            castable('quantity', quantity('quantity')),
            required('total', amount('total')),
            castable('account', json_document('account')),
            castable('"account-allocations"', json_document('"account-allocations"')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
