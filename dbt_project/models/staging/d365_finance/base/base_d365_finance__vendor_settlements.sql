-- Grain: one row per side of a settlement of vendor transactions, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'vendor_settlements'), ['dataAreaId', 'SourceKey']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['dataAreaId', 'SourceKey']) }} as source_key,
        {{ normalise_code('dataAreaId') }} as source_entity_id,
        {{ whole_number('SourceKey') }} as settlement_record_id,
        {{ whole_number('TransRecId') }} as transaction_record_id,
        {{ whole_number('OffsetRecid') }} as offset_record_id,
        {{ d365_date('TransDate') }} as settled_date,
        {{ amount('SettleAmountCur') }} as amount_settled,
        {{ text('SettlementVoucher') }} as settlement_voucher,
        {{ iso_timestamp('CreatedOn') }} as created_at,
        {{ rejection_reason([
            required('dataAreaId'),
            required('SourceKey', whole_number('SourceKey')),
            required('TransRecId', whole_number('TransRecId')),
            castable('OffsetRecid', whole_number('OffsetRecid')),
            required('TransDate', d365_date('TransDate')),
            required('SettleAmountCur', amount('SettleAmountCur')),
            required('CreatedOn', iso_timestamp('CreatedOn')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
