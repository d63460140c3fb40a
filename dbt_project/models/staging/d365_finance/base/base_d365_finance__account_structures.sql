-- Grain: one row per version of an account structure, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'account_structures'), ['AccountStructureName', 'Status']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['AccountStructureName', 'Status']) }} as source_key,
        {{ normalise_code('AccountStructureName') }} as account_structure,
        {{ d365_enum('Status', {}) }} as structure_status,
        {{ normalise_code('SegmentName01') }} as segment_1,
        {{ normalise_code('SegmentName02') }} as segment_2,
        {{ normalise_code('SegmentName03') }} as segment_3,
        {{ normalise_code('SegmentName04') }} as segment_4,
        {{ normalise_code('SegmentName05') }} as segment_5,
        {{ normalise_code('SegmentName06') }} as segment_6,
        {{ normalise_code('SegmentName07') }} as segment_7,
        {{ normalise_code('SegmentName08') }} as segment_8,
        {{ normalise_code('SegmentName09') }} as segment_9,
        {{ normalise_code('SegmentName10') }} as segment_10,
        {{ normalise_code('SegmentName11') }} as segment_11,
        {{ rejection_reason([
            required('AccountStructureName'),
            required('Status', d365_enum('Status', {})),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
