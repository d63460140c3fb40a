-- Grain: one row per purchase order, cancelled ones included, with the reason to reject it if there is one.
with

landed as (
    {{ newest_versions(source('landed_coupa', 'purchase_orders'), iso_timestamp('"updated-at"')) }}
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
        {{ text('id') }} as order_record_id,
        -- What people call it; a draft has no number yet.
        coalesce({{ normalise_code('"po-number"') }}, {{ text('id') }}) as source_order_id,
        {{ json_text('supplier', 'id') }} as source_supplier_id,
        lower({{ text('status') }}) as order_status,
        {{ coupa_date('"created-at"') }} as order_date,
        {{ normalise_code(json_text('currency', 'code')) }} as transaction_currency,
        {{ normalise_code(json_text('"payment-term"', 'code')) }} as payment_terms_code,
        {{ rejection_reason([
            required('id'),
            required('status'),
            required('"created-at"', coupa_date('"created-at"')),
            castable('supplier', json_document('supplier')),
            castable('currency', json_document('currency')),
            castable('"payment-term"', json_document('"payment-term"')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
