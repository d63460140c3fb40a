-- Grain: one row per value of a value set.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'value_set_values'), ['ValueId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['ValueId']) }} as source_key,
        {{ text('ValueId') }} as value_id,
        {{ text('ValueSetId') }} as value_set_id,
        {{ text('AttributeCategory') }} as value_set_code,
        {{ normalise_code('Value') }} as value_code,
        {{ text('Description') }} as value_name,
        {{ fusion_flag('EnabledFlag') }} as is_enabled,
        {{ fusion_date('StartDateActive') }} as valid_from,
        {{ fusion_date('EndDateActive') }} as valid_to,
        {{ fusion_timestamp('LastUpdateDate') }} as modified_at,
        {{ rejection_reason([
            required('ValueId'),
            required('ValueSetId'),
            required('Value'),
            required('EnabledFlag', fusion_flag('EnabledFlag')),
            castable('StartDateActive', fusion_date('StartDateActive')),
            castable('EndDateActive', fusion_date('EndDateActive')),
            required('LastUpdateDate', fusion_timestamp('LastUpdateDate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
