-- Grain: one row per assignment of an account to a territory, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'account_territories'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('ObjectId') }} as source_customer_id,
        {{ salesforce_id('Territory2Id') }} as source_territory_id,
        {{ text('SobjectType') }} as object_type,
        {{ text('AssociationCause') }} as association_cause,
        {{ iso_timestamp('LastModifiedDate') }} as assigned_at,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('ObjectId', salesforce_id('ObjectId')),
            required('Territory2Id', salesforce_id('Territory2Id')),
            castable('LastModifiedDate', iso_timestamp('LastModifiedDate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
