-- Grain: one row per territory model, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'territory_models'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_territory_model_id,
        {{ text('Name') }} as model_name,
        lower({{ text('State') }}) as model_state,
        cast({{ iso_timestamp('ActivatedDate') }} as date) as activated_date,
        cast({{ iso_timestamp('DeactivatedDate') }} as date) as deactivated_date,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('State'),
            castable('ActivatedDate', iso_timestamp('ActivatedDate')),
            castable('DeactivatedDate', iso_timestamp('DeactivatedDate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
