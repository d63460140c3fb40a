-- Grain: one row per account with dimensions, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'dimension_combinations'), ['RecordId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['RecordId']) }} as source_key,
        {{ whole_number('RecordId') }} as combination_record_id,
        {{ text('DisplayValue') }} as display_value,
        {{ normalise_code('AccountStructure') }} as account_structure,
        {{ rejection_reason([
            required('RecordId', whole_number('RecordId')),
            required('DisplayValue'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
