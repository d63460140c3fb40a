-- Grain: one row per user, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'users'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_user_id,
        {{ text('Name') }} as user_name,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('Name'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
