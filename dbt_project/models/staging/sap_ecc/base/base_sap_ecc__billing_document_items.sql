-- Grain: one row per item of a billing document, current version.
-- Amounts as SAP states them, stored with two decimals whatever their currency has.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'billing_document_items'), ['VBELN', 'POSNR']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['VBELN', 'POSNR']) }} as source_key,
        {{ normalise_code('VBELN') }} as source_invoice_id,
        {{ normalise_code('POSNR') }} as line_number,
        {{ normalise_code('MATNR') }} as source_product_id,
        {{ text('ARKTX') }} as line_text,
        {{ quantity('FKIMG') }} as quantity,
        {{ normalise_code('VRKME') }} as quantity_unit,
        {{ amount('NETWR') }} as stored_amount_net,
        {{ rejection_reason([
            required('VBELN'),
            required('POSNR'),
            castable('FKIMG', quantity('FKIMG')),
            required('NETWR', amount('NETWR')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
