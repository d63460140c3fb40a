-- Grain: one row per material document and year, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'material_documents'), ['MaterialDocumentYear', 'MaterialDocument']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['MaterialDocumentYear', 'MaterialDocument']) }} as source_key,
        {{ whole_number('MaterialDocumentYear', 'integer') }} as document_year,
        {{ normalise_code('MaterialDocument') }} as document_number,
        {{ text('GoodsMovementCode') }} as goods_movement_code,
        {{ sap_date('DocumentDate') }} as document_date,
        {{ sap_date('PostingDate') }} as posting_date,
        {{ normalise_code('ReferenceDocument') }} as reference_document,
        {{ rejection_reason([
            required('MaterialDocumentYear', whole_number('MaterialDocumentYear', 'integer')),
            required('MaterialDocument'),
            required('PostingDate', sap_date('PostingDate')),
            castable('DocumentDate', sap_date('DocumentDate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
