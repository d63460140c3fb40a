-- Grain: one row per supplier and company code, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'supplier_companies'), ['Supplier', 'CompanyCode']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Supplier', 'CompanyCode']) }} as source_key,
        {{ normalise_code('Supplier') }} as source_supplier_id,
        {{ text('CompanyCode') }} as source_entity_id,
        {{ normalise_code('ReconciliationAccount') }} as reconciliation_account_id,
        {{ normalise_code('PaymentTerms') }} as payment_terms_code,
        coalesce({{ boolean('DeletionIndicator') }}, false) as is_deleted,
        {{ rejection_reason([
            required('Supplier'),
            required('CompanyCode'),
            castable('DeletionIndicator', boolean('DeletionIndicator')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
