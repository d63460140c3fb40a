-- Grain: one row per line that existed.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'journal_line_keys'), ['JeHeaderId', 'JeLineNum']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['JeHeaderId', 'JeLineNum']) }} as source_key,
        {{ text('JeHeaderId') }} as header_id,
        {{ text('JeLineNum') }} as line_number,
        {{ rejection_reason([
            required('JeHeaderId'),
            required('JeLineNum'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
