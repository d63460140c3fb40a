-- Grain: one row per order, deleted ones included, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'orders'), ['Id']) }}
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
        {{ salesforce_id('Id') }} as source_order_id,
        {{ normalise_code('OrderNumber') }} as order_number,
        {{ salesforce_id('AccountId') }} as source_customer_id,
        {{ salesforce_id('ContractId') }} as source_contract_id,
        {{ salesforce_id('OpportunityId') }} as source_opportunity_id,
        {{ iso_date('EffectiveDate') }} as order_date,
        {{ iso_date('EndDate') }} as end_date,
        -- Status is the company's own word; the category behind it is the vendor's: Draft or Activated.
        {{ text('StatusCode') }} as status_category,
        {{ amount('TotalAmount') }} as amount_total_transaction,
        {{ record_currency() }} as transaction_currency,
        {{ boolean('IsDeleted') }} as is_deleted,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('OrderNumber'),
            required('AccountId', salesforce_id('AccountId')),
            castable('ContractId', salesforce_id('ContractId')),
            castable('OpportunityId', salesforce_id('OpportunityId')),
            required('EffectiveDate', iso_date('EffectiveDate')),
            castable('EndDate', iso_date('EndDate')),
            required('StatusCode'),
            required('TotalAmount', amount('TotalAmount')),
            required('CurrencyIsoCode', record_currency()),
            required('IsDeleted', boolean('IsDeleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join organizations on source.source_instance = organizations.organization_instance
)

select * from final
