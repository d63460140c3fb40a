-- Grain: one row per account, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'accounts'), ['Id']) }}
),

organizations as (
    {{ organization_currencies() }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_customer_id,
        {{ text('Name') }} as customer_name,
        {{ salesforce_id('ParentId') }} as parent_source_customer_id,
        {{ normalise_code('BillingCountryCode') }} as country_code,
        {{ tax_id('Tax_Id__c') }} as tax_id,
        {{ internet_domain('Website') }} as web_domain,
        {{ legal_entity_identifier('Lei__c') }} as lei,
        {{ text('BillingStreet') }} as street,
        {{ text('BillingPostalCode') }} as postal_code,
        {{ text('BillingCity') }} as city,
        {{ text('Phone') }} as phone,
        {{ record_currency() }} as currency_code,
        {{ boolean('IsDeleted') }} as is_deleted,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('Name'),
            castable('ParentId', salesforce_id('ParentId')),
            required('IsDeleted', boolean('IsDeleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join organizations on source.source_instance = organizations.organization_instance
)

select * from final
