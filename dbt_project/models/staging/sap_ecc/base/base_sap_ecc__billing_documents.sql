-- Grain: one row per billing document, current version.
-- Amounts as SAP states them: positive also on credit memos and cancellations, and stored with two decimals whatever
-- their currency has.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'billing_documents'), ['VBELN']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['VBELN']) }} as source_key,
        {{ normalise_code('VBELN') }} as source_invoice_id,
        {{ normalise_code('VBTYP') }} as document_category,
        {{ normalise_code('FKART') }} as document_type,
        {{ sap_ecc_date('FKDAT') }} as invoice_date,
        {{ sap_ecc_flag('FKSTO') }} as is_cancelled,
        {{ normalise_code('SFAKN') }} as cancels_source_invoice_id,
        {{ amount('NETWR') }} as stored_amount_net,
        {{ amount('MWSBK') }} as stored_amount_tax,
        {{ normalise_code('WAERK') }} as transaction_currency,
        {{ text('BUKRS') }} as source_entity_id,
        {{ sap_ecc_number_or_none('GJAHR') }} as fiscal_year,
        {{ normalise_code('BELNR') }} as document_number,
        {{ normalise_code('KUNAG') }} as sold_to_source_customer_id,
        {{ normalise_code('KUNRG') }} as payer_source_customer_id,
        {{ rejection_reason([
            required('VBELN'),
            required('VBTYP'),
            required('FKDAT', sap_ecc_date('FKDAT')),
            sap_ecc_flag_or_none('FKSTO'),
            required('NETWR', amount('NETWR')),
            required('MWSBK', amount('MWSBK')),
            required('WAERK'),
            required('BUKRS'),
            castable('GJAHR', whole_number('GJAHR', 'integer')),
            required('KUNAG'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
