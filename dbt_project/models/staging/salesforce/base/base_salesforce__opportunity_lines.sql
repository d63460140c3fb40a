-- Grain: one row per line of an opportunity, deleted ones included, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'opportunity_lines'), ['Id']) }}
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
        {{ salesforce_id('Id') }} as source_opportunity_line_id,
        {{ salesforce_id('OpportunityId') }} as source_opportunity_id,
        {{ salesforce_id('Product2Id') }} as source_product_id,
        {{ normalise_code('ProductCode') }} as product_code,
        {{ quantity('Quantity') }} as quantity,
        {{ unit_price('UnitPrice') }} as unit_price_transaction,
        {{ amount('TotalPrice') }} as amount_transaction,
        {{ record_currency() }} as transaction_currency,
        {{ iso_date('ServiceDate') }} as service_date,
        {{ whole_number('Term_Months__c') }} as term_months,
        {{ boolean('IsDeleted') }} as is_deleted,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('OpportunityId', salesforce_id('OpportunityId')),
            castable('Product2Id', salesforce_id('Product2Id')),
            castable('Quantity', quantity('Quantity')),
            castable('UnitPrice', unit_price('UnitPrice')),
            required('TotalPrice', amount('TotalPrice')),
            required('CurrencyIsoCode', record_currency()),
            castable('ServiceDate', iso_date('ServiceDate')),
            castable('Term_Months__c', whole_number('Term_Months__c')),
            required('IsDeleted', boolean('IsDeleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join organizations on source.source_instance = organizations.organization_instance
)

select * from final
