-- Grain: one row per file of a delivery.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'extract_files'), ['manifest', 'file_name']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['manifest', 'file_name']) }} as source_key,
        {{ text('file_name') }} as file_name,
        {{ text('manifest') }} as manifest,
        {{ text('data_store') }} as data_store,
        {{ text('holds') }} as holds,
        {{ text('digest') }} as digest,
        {{ iso_timestamp('extracted_at') }} as extracted_at,
        {{ rejection_reason([
            required('file_name'),
            required('manifest'),
            required('data_store'),
            required('extracted_at', iso_timestamp('extracted_at')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
