-- Grain: one row per accounting document, current version.
-- fiscal_period is the ERP's own (13 to 16 are special periods). document_status is null for a normal document.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'documents'), ['BUKRS', 'BELNR', 'GJAHR']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['BUKRS', 'BELNR', 'GJAHR']) }} as source_key,
        {{ text('BUKRS') }} as source_entity_id,
        {{ normalise_code('BELNR') }} as document_number,
        {{ whole_number('GJAHR', 'integer') }} as fiscal_year,
        {{ whole_number('MONAT', 'integer') }} as fiscal_period,
        {{ normalise_code('BLART') }} as document_type,
        {{ normalise_code('BSTAT') }} as document_status,
        {{ sap_ecc_date('BUDAT') }} as posting_date,
        {{ sap_ecc_date('BLDAT') }} as document_date,
        {{ sap_ecc_entry_timestamp('CPUDT', 'CPUTM') }} as entry_timestamp,
        {{ normalise_code('WAERS') }} as transaction_currency,
        {{ normalise_code('HWAER') }} as local_currency,
        {{ normalise_code('STBLG') }} as reversal_document_number,
        {{ normalise_code('XREVERSAL') }} as reversal_code,
        {{ normalise_code('XBLNR') }} as reference_document,
        {{ normalise_code('AWTYP') }} as reference_document_type,
        {{ normalise_code('AWKEY') }} as reference_key,
        {{ rejection_reason([
            required('BUKRS'),
            required('BELNR'),
            required('GJAHR', whole_number('GJAHR', 'integer')),
            required('MONAT', whole_number('MONAT', 'integer')),
            required('BUDAT', sap_ecc_date('BUDAT')),
            sap_ecc_date_or_none('BLDAT'),
            required('WAERS'),
            required('HWAER'),
            sap_ecc_date_or_none('CPUDT'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
