-- Grain: one row per assignment of a person to a territory, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'user_territories'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_user_territory_id,
        {{ salesforce_id('UserId') }} as source_user_id,
        {{ salesforce_id('Territory2Id') }} as source_territory_id,
        {{ boolean('IsActive') }} as is_active,
        {{ text('RoleInTerritory2') }} as role_in_territory,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('UserId', salesforce_id('UserId')),
            required('Territory2Id', salesforce_id('Territory2Id')),
            required('IsActive', boolean('IsActive')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
