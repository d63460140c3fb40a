-- Grain: one row per receiving transaction, voided ones included, with the reason to reject it if there is one.
-- Quantity and amount count: what was returned is below 0, what was voided is nothing, and a disposal takes back nothing
-- of what the supplier is owed.
with

landed as (
    {{ newest_versions(source('landed_coupa', 'receipts'), iso_timestamp('"updated-at"')) }}
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
        {{ text('id') }} as source_receipt_id,
        {{ json_text('"order-line"', 'id') }} as source_order_line_id,
        lower({{ text('status') }}) as receipt_status,
        {{ text('type') }} as receipt_type,
        {{ coupa_date('"transaction-date"') }} as receipt_date,
        cast({{ coupa_received(quantity('quantity')) }} as {{ type_quantity() }}) as quantity,
        {{ normalise_code(json_text('uom', 'code')) }} as quantity_unit,
        cast({{ coupa_received(amount('total')) }} as {{ type_amount() }}) as amount_net_transaction,
        {{ normalise_code(json_text('currency', 'code')) }} as transaction_currency,
        {{ rejection_reason([
            required('id'),
            required('status'),
            required('"transaction-date"', coupa_date('"transaction-date"')),
            rejected_when(coupa_receipt_sign() ~ ' is null',
                "'type is neither a receipt nor a return: ' || coalesce(type, '')"),
            castable('quantity', quantity('quantity')),
            castable('total', amount('total')),
            rejected_when("coalesce(quantity, '') = '' and coalesce(total, '') = ''", "'neither quantity nor total'"),
            castable('"order-line"', json_document('"order-line"')),
            castable('currency', json_document('currency')),
            castable('uom', json_document('uom')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
