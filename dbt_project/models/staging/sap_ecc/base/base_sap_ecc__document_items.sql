-- Grain: one row per item of an accounting document, current version.
-- Amounts are signed, debit > 0, and still stored with two decimals whatever their currency has.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'document_items'), ['BUKRS', 'BELNR', 'GJAHR', 'BUZEI']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['BUKRS', 'BELNR', 'GJAHR', 'BUZEI']) }} as source_key,
        {{ text('BUKRS') }} as source_entity_id,
        {{ normalise_code('BELNR') }} as document_number,
        {{ whole_number('GJAHR', 'integer') }} as fiscal_year,
        {{ normalise_code('BUZEI') }} as line_number,
        {{ normalise_code('KOART') }} as financial_account_type,
        {{ normalise_code('UMSKZ') }} as special_gl_code,
        {{ sap_ecc_signed('WRBTR', 'SHKZG') }} as stored_amount_transaction,
        {{ sap_ecc_signed('DMBTR', 'SHKZG') }} as stored_amount_local,
        {{ normalise_code('HKONT') }} as source_account_id,
        {{ normalise_code('KUNNR') }} as source_customer_id,
        {{ normalise_code('LIFNR') }} as source_supplier_id,
        {{ normalise_code('KOSTL') }} as source_cost_centre_id,
        {{ normalise_code('PRCTR') }} as profit_centre_code,
        {{ normalise_code('MATNR') }} as source_product_id,
        {{ normalise_code('VBUND') }} as partner_company_code,
        {{ text('ZUONR') }} as assignment_reference,
        {{ text('SGTXT') }} as line_text,
        {{ sap_ecc_date('ZFBDT') }} as due_base_date,
        {{ whole_number('ZBD1T', 'integer') }} as discount_days_1,
        {{ whole_number('ZBD2T', 'integer') }} as discount_days_2,
        {{ whole_number('ZBD3T', 'integer') }} as net_days,
        {{ sap_ecc_date('AUGDT') }} as clearing_date,
        {{ normalise_code('AUGBL') }} as clearing_document_number,
        {{ normalise_code('REBZG') }} as invoice_reference,
        {{ sap_ecc_number_or_none('REBZJ') }} as invoice_reference_fiscal_year,
        {{ normalise_code('VBELN') }} as billing_document_number,
        {{ rejection_reason([
            required('BUKRS'),
            required('BELNR'),
            required('GJAHR', whole_number('GJAHR', 'integer')),
            required('BUZEI'),
            required('KOART'),
            required('HKONT'),
            sap_ecc_date_or_none('ZFBDT'),
            castable('ZBD1T', whole_number('ZBD1T', 'integer')),
            castable('ZBD2T', whole_number('ZBD2T', 'integer')),
            castable('ZBD3T', whole_number('ZBD3T', 'integer')),
            sap_ecc_date_or_none('AUGDT'),
            castable('REBZJ', whole_number('REBZJ', 'integer')),
            required('SHKZG'),
            required('DMBTR', amount('DMBTR')),
            required('WRBTR', amount('WRBTR')),
            rejected_when("SHKZG not in ('S', 'H')", "'SHKZG is neither S nor H: ' || SHKZG"),
            rejected_when(
                amount('DMBTR') ~ ' < 0 or ' ~ amount('WRBTR') ~ ' < 0', "'an amount beside SHKZG is below 0'"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
