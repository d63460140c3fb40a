-- Grain: one row per change of a field of an opportunity, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'opportunity_field_history'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_change_id,
        {{ salesforce_id('OpportunityId') }} as source_opportunity_id,
        {{ text('Field') }} as source_field_name,
        case Field
            when 'created' then 'created'
            when 'StageName' then 'stage_name'
            when 'Amount' then 'amount'
            when 'CloseDate' then 'close_date'
        end as field_name,
        {{ text('OldValue') }} as old_value,
        {{ text('NewValue') }} as new_value,
        {{ iso_timestamp('CreatedDate') }} as changed_at,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('OpportunityId', salesforce_id('OpportunityId')),
            required('Field'),
            required('CreatedDate', iso_timestamp('CreatedDate')),
            rejected_when("Field = 'Amount' and OldValue <> '' and (" ~ amount('OldValue') ~ ') is null',
                "'OldValue is not an amount: ' || OldValue"),
            rejected_when("Field = 'Amount' and NewValue <> '' and (" ~ amount('NewValue') ~ ') is null',
                "'NewValue is not an amount: ' || NewValue"),
            rejected_when("Field = 'CloseDate' and OldValue <> '' and (" ~ iso_date('OldValue') ~ ') is null',
                "'OldValue is not a date: ' || OldValue"),
            rejected_when("Field = 'CloseDate' and NewValue <> '' and (" ~ iso_date('NewValue') ~ ') is null',
                "'NewValue is not a date: ' || NewValue"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
