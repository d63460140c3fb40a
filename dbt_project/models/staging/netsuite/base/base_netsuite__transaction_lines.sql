-- Grain: one row per line of a transaction, as last landed.
-- All lines of a transaction are landed whenever it changes; one that it came without was taken out (is_removed).
-- Amounts are signed, debit > 0.
with

source as (
    {{ current_rows(source('landed_netsuite', 'transaction_lines'), ['transaction', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        coalesce(is_removed, false) as is_removed,
        {{ natural_key(['transaction', 'id']) }} as source_key,
        {{ text('transaction') }} as transaction_id,
        {{ text('id') }} as line_number,
        {{ netsuite_flag('mainline') }} as is_main_line,
        coalesce({{ netsuite_flag('taxline') }}, false) as is_tax_line,
        coalesce({{ netsuite_flag('isclosed') }}, false) as is_closed,
        {{ text('item') }} as item_id,
        {{ quantity('quantity') }} as quantity,
        {{ quantity('quantityshiprecv') }} as quantity_shipped,
        {{ amount('foreignamount') }} as amount_transaction,
        {{ amount('foreignamountunpaid') }} as amount_unpaid,
        {{ amount('foreignpaymentamountunused') }} as amount_unused,
        {{ text('subsidiary') }} as source_entity_id,
        {{ text('department') }} as source_cost_centre_id,
        {{ text('class') }} as class_id,
        {{ text('entity') }} as counterparty_id,
        {{ text('memo') }} as memo,
        {{ text('createdfrom') }} as created_from_transaction_id,
        {{ iso_date('expectedshipdate') }} as expected_ship_date,
        {{ rejection_reason([
            required('transaction'),
            required('id'),
            required('mainline', netsuite_flag('mainline')),
            castable('taxline', netsuite_flag('taxline')),
            castable('isclosed', netsuite_flag('isclosed')),
            castable('quantity', quantity('quantity')),
            castable('quantityshiprecv', quantity('quantityshiprecv')),
            required('foreignamount', amount('foreignamount')),
            castable('foreignamountunpaid', amount('foreignamountunpaid')),
            castable('foreignpaymentamountunused', amount('foreignpaymentamountunused')),
            required('subsidiary'),
            castable('expectedshipdate', iso_date('expectedshipdate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
