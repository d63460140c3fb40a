-- Grain: one row per value of a financial dimension, as last landed.
with

source as (
    {{ current_rows(
        source('landed_d365_finance', 'dimension_values'),
        ['FinancialDimension', 'LegalEntityId', 'DimensionValue']
    ) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['FinancialDimension', 'LegalEntityId', 'DimensionValue']) }} as source_key,
        {{ normalise_code('FinancialDimension') }} as dimension_code,
        {{ d365_owner('LegalEntityId') }} as source_entity_id,
        {{ normalise_code('DimensionValue') }} as value_code,
        {{ text('Description') }} as value_name,
        {{ d365_date('ActiveFrom') }} as active_from,
        {{ d365_date('ActiveTo') }} as active_to,
        {{ d365_flag('IsSuspended') }} as is_suspended,
        {{ d365_flag('IsTotal') }} as is_total,
        {{ rejection_reason([
            required('FinancialDimension'),
            required('DimensionValue'),
            castable('ActiveFrom', iso_timestamp('ActiveFrom')),
            castable('ActiveTo', iso_timestamp('ActiveTo')),
            required('IsSuspended', d365_flag('IsSuspended')),
            required('IsTotal', d365_flag('IsTotal')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
