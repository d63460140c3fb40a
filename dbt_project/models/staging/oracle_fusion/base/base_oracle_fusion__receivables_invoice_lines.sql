-- Grain: one row per line of an invoice.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'receivables_invoice_lines'), [
        'CustomerTransactionId',
        'CustomerTransactionLineId'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        coalesce(is_removed, false) as is_removed,
        {{ natural_key(['CustomerTransactionId', 'CustomerTransactionLineId']) }} as source_key,
        {{ text('CustomerTransactionId') }} as transaction_id,
        {{ text('CustomerTransactionLineId') }} as line_id,
        {{ text('LineNumber') }} as line_number,
        {{ normalise_code('ItemNumber') }} as product_code,
        {{ text('Description') }} as line_text,
        {{ quantity('Quantity') }} as quantity,
        {{ unit_price('UnitSellingPrice') }} as unit_price,
        {{ amount('LineAmount') }} as amount_net,
        {{ rejection_reason([
            required('CustomerTransactionId'),
            required('CustomerTransactionLineId'),
            castable('Quantity', quantity('Quantity')),
            castable('UnitSellingPrice', unit_price('UnitSellingPrice')),
            required('LineAmount', amount('LineAmount')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
