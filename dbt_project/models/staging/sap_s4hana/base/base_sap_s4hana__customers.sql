-- Grain: one row per customer, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'customers'), ['Customer']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Customer']) }} as source_key,
        {{ normalise_code('Customer') }} as source_customer_id,
        {{ text('CustomerName') }} as customer_name,
        {{ normalise_code('CustomerAccountGroup') }} as account_group,
        {{ normalise_code('CustomerCorporateGroup') }} as parent_source_customer_id,
        {{ tax_id('VATRegistration') }} as vat_registration,
        {{ sap_date('CreationDate') }} as created_date,
        coalesce({{ boolean('DeletionIndicator') }}, false) as is_deleted,
        {{ rejection_reason([
            required('Customer'),
            castable('CreationDate', sap_date('CreationDate')),
            castable('DeletionIndicator', boolean('DeletionIndicator')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
