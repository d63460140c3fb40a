-- Grain: one row per line of a purchase order, with the reason to reject it if there is one. A line by amount has no
-- quantity: its total is what was ordered.
with

landed as (
    {{ newest_versions(source('landed_coupa', 'purchase_order_lines'), iso_timestamp('"updated-at"')) }}
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
        {{ text('id') }} as source_order_line_id,
        {{ text('"order-header-id"') }} as order_record_id,
        coalesce({{ normalise_code('"order-header-number"') }}, {{ text('"order-header-id"') }}) as source_order_id,
        {{ normalise_code('"line-num"') }} as line_number,
        {{ json_text('"account-type"', 'id') }} as source_entity_id,
        {{ normalise_code(json_text('item', '"item-number"')) }} as source_product_id,
        {{ text('description') }} as line_text,
        lower({{ text('status') }}) as line_status,
        {{ quantity('quantity') }} as quantity,
        {{ normalise_code(json_text('uom', 'code')) }} as quantity_unit,
        {{ unit_price('price') }} as unit_price_transaction,
        {{ amount('total') }} as amount_net_transaction,
        {{ normalise_code(json_text('currency', 'code')) }} as transaction_currency,
        {{ text(json_text('account', 'code')) }} as account_code,
        {{ rejection_reason([
            required('id'),
            required('"order-header-id"'),
            required('"line-num"'),
            castable('quantity', quantity('quantity')),
            castable('price', unit_price('price')),
            required('total', amount('total')),
            castable('currency', json_document('currency')),
            rejected_when(normalise_code(json_text('currency', 'code')) ~ ' is null', "'currency is missing'"),
            castable('"account-type"', json_document('"account-type"')),
            castable('account', json_document('account')),
            castable('item', json_document('item')),
            castable('uom', json_document('uom')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
