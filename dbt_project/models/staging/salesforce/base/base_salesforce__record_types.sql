-- Grain: one row per record type, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'record_types'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_record_type_id,
        {{ text('DeveloperName') }} as record_type,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('DeveloperName'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
