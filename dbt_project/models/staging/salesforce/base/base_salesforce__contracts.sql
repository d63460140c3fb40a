-- Grain: one row per contract, deleted ones included, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'contracts'), ['Id']) }}
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
        {{ salesforce_id('Id') }} as source_contract_id,
        {{ normalise_code('ContractNumber') }} as contract_number,
        {{ salesforce_id('AccountId') }} as source_customer_id,
        {{ salesforce_id('SourceOpportunityId') }} as source_opportunity_id,
        {{ text('Status') }} as contract_status,
        {{ iso_date('StartDate') }} as start_date,
        {{ iso_date('EndDate') }} as end_date,
        {{ whole_number('ContractTerm') }} as term_months,
        {{ amount('Total_Value__c') }} as amount_total_transaction,
        {{ record_currency() }} as transaction_currency,
        {{ boolean('IsDeleted') }} as is_deleted,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('ContractNumber'),
            required('AccountId', salesforce_id('AccountId')),
            castable('SourceOpportunityId', salesforce_id('SourceOpportunityId')),
            castable('StartDate', iso_date('StartDate')),
            castable('EndDate', iso_date('EndDate')),
            castable('ContractTerm', whole_number('ContractTerm')),
            castable('Total_Value__c', amount('Total_Value__c')),
            required('CurrencyIsoCode', record_currency()),
            required('IsDeleted', boolean('IsDeleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join organizations on source.source_instance = organizations.organization_instance
)

select * from final
