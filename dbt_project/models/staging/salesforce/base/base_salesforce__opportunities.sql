-- Grain: one row per opportunity, deleted ones included, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'opportunities'), ['Id']) }}
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
        {{ salesforce_id('Id') }} as source_opportunity_id,
        {{ normalise_code('Opportunity_Number__c') }} as opportunity_number,
        {{ text('Name') }} as opportunity_name,
        {{ salesforce_id('AccountId') }} as source_customer_id,
        {{ salesforce_id('RecordTypeId') }} as source_record_type_id,
        {{ text('Type') }} as opportunity_type,
        {{ text('StageName') }} as stage_value,
        {{ amount('Amount') }} as amount_transaction,
        {{ record_currency() }} as transaction_currency,
        {{ fraction_of_percent('Probability') }} as probability,
        -- The API value Forecast is what people see as Commit.
        case coalesce({{ text('ForecastCategory') }}, replace(ForecastCategoryName, ' ', ''))
            when 'Omitted' then 'omitted'
            when 'Pipeline' then 'pipeline'
            when 'BestCase' then 'best_case'
            when 'MostLikely' then 'most_likely'
            when 'Forecast' then 'commit'
            when 'Commit' then 'commit'
            when 'Closed' then 'closed'
        end as source_forecast_category,
        {{ iso_date('CloseDate') }} as close_date,
        {{ boolean('IsClosed') }} as is_closed,
        {{ boolean('IsWon') }} as is_won,
        {{ text('Company_Code__c') }} as source_entity_id,
        {{ salesforce_id('Territory2Id') }} as source_territory_id,
        {{ salesforce_id('OwnerId') }} as source_owner_id,
        {{ iso_timestamp('CreatedDate') }} as created_at,
        {{ iso_timestamp('LastModifiedDate') }} as modified_at,
        {{ boolean('IsDeleted') }} as is_deleted,
        case when {{ boolean('IsDeleted') }} then {{ iso_timestamp('SystemModstamp') }} end as deleted_at,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            castable('AccountId', salesforce_id('AccountId')),
            required('StageName'),
            castable('Amount', amount('Amount')),
            required('CurrencyIsoCode', record_currency()),
            castable('Probability', fraction_of_percent('Probability')),
            required('CloseDate', iso_date('CloseDate')),
            required('IsClosed', boolean('IsClosed')),
            required('IsWon', boolean('IsWon')),
            required('CreatedDate', iso_timestamp('CreatedDate')),
            castable('LastModifiedDate', iso_timestamp('LastModifiedDate')),
            required('IsDeleted', boolean('IsDeleted')),
            required('SystemModstamp', iso_timestamp('SystemModstamp')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join organizations on source.source_instance = organizations.organization_instance
)

select * from final
