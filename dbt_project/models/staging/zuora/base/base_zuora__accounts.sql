-- Grain: one row per account, with the reason to reject it if there is one.
-- A country is kept where it is an ISO code; a name of one is not guessed at.
with

source as (
    {{ current_rows(source('landed_zuora', 'accounts'), ['id']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

contacts as (
    select
        *,
        {{ normalise_code(json_text('billTo', 'country')) }} as country,
        {{ json_text('billTo', 'workEmail') }} as work_email,
        {{ json_text('billTo', 'address1') }} as street,
        {{ json_text('billTo', 'postalCode') }} as postal_code,
        {{ json_text('billTo', 'city') }} as city,
        {{ json_text('billTo', 'workPhone') }} as phone,
        {{ row_as_json('source') }} as payload
    from source
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_customer_id,
        {{ text('name') }} as customer_name,
        case when length(country) = 2 then country end as country_code,
        {{ tax_id('vATId') }} as tax_id,
        {{ internet_domain('work_email') }} as email_domain,
        {{ text('street') }} as street,
        {{ text('postal_code') }} as postal_code,
        {{ text('city') }} as city,
        {{ text('phone') }} as phone,
        {{ text('parentId') }} as parent_source_customer_id,
        currencies.currency_code,
        -- A tenant without legal entities is one entity: it goes by the name of the instance.
        coalesce({{ text('LegalEntity__c') }}, source_instance) as source_entity_id,
        {{ rejection_reason([
            required('id'),
            required('name'),
            rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(contacts.currency, '')"),
            castable('billTo', json_document('billTo')),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from contacts
    left join currencies on upper(contacts.currency) = currencies.currency_code
)

select * from final
