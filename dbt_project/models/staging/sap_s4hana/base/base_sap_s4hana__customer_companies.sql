-- Grain: one row per customer and company code, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'customer_companies'), ['Customer', 'CompanyCode']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Customer', 'CompanyCode']) }} as source_key,
        {{ normalise_code('Customer') }} as source_customer_id,
        {{ text('CompanyCode') }} as source_entity_id,
        {{ normalise_code('ReconciliationAccount') }} as reconciliation_account_id,
        {{ normalise_code('PaymentTerms') }} as payment_terms_code,
        coalesce({{ boolean('DeletionIndicator') }}, false) as is_deleted,
        {{ rejection_reason([
            required('Customer'),
            required('CompanyCode'),
            castable('DeletionIndicator', boolean('DeletionIndicator')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
