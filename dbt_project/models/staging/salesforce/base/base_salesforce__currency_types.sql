-- Grain: one row per currency of an organisation with several, with the reason to reject it if there is one.
-- crm_rate: units of the currency per unit of the corporate one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'currency_types'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_currency_type_id,
        {{ normalise_code('IsoCode') }} as currency_code,
        {{ rate('ConversionRate') }} as crm_rate,
        {{ boolean('IsActive') }} as is_active,
        {{ boolean('IsCorporate') }} as is_corporate,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('IsoCode'),
            required('ConversionRate', rate('ConversionRate')),
            required('IsActive', boolean('IsActive')),
            required('IsCorporate', boolean('IsCorporate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
