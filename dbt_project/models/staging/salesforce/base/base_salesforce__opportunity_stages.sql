-- Grain: one row per opportunity stage, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'opportunity_stages'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_stage_id,
        {{ text('ApiName') }} as stage_name,
        {{ text('MasterLabel') }} as stage_label,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('ApiName'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
