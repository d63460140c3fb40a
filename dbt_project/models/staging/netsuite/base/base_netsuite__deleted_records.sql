-- Grain: one row per deleted record.
with

source as (
    {{ current_rows(source('landed_netsuite', 'deleted_records'), ['recordid', 'scriptid']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['recordid', 'scriptid']) }} as source_key,
        {{ text('recordid') }} as record_id,
        {{ text('recordtypeid') }} as record_type_id,
        {{ normalise_code('scriptid') }} as record_type,
        {{ text('name') }} as record_name,
        {{ netsuite_timestamp('deleteddate') }} as deleted_at,
        {{ rejection_reason([
            required('recordid'),
            required('scriptid'),
            required('deleteddate', netsuite_timestamp('deleteddate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
