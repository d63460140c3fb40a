-- Grain: one row per installation, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'dimension_parameters'), ['Key']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Key']) }} as source_key,
        {{ whole_number('Key') }} as parameter_key,
        {{ d365_delimiter('DimensionSegmentDelimiter') }} as segment_delimiter,
        {{ rejection_reason([
            required('Key', whole_number('Key')),
            required('DimensionSegmentDelimiter', d365_delimiter('DimensionSegmentDelimiter')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
