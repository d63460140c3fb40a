-- Grain: one row per line of a credit memo, as last landed.
-- All lines of a document are landed whenever it changes, with the moment of its change; one with an older moment was
-- taken out.
with

source as (
    {{ current_rows(source('landed_business_central', 'sales_credit_memo_lines'), ['companyId', 'documentId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'documentId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('documentId') }} as document_id,
        {{ business_central_id('id') }} as line_id,
        {{ whole_number('sequence') }} as line_sequence,
        {{ business_central_option('lineType') }} as line_type,
        {{ normalise_code('lineObjectNumber') }} as object_number,
        {{ text('description') }} as line_text,
        {{ quantity('quantity') }} as quantity,
        {{ amount('netAmount') }} as amount_net,
        {{ amount('netTaxAmount') }} as amount_tax,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('documentId', business_central_id('documentId')),
            required('id', business_central_id('id')),
            required('sequence', whole_number('sequence')),
            required('quantity', quantity('quantity')),
            required('netAmount', amount('netAmount')),
            required('netTaxAmount', amount('netTaxAmount')),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
