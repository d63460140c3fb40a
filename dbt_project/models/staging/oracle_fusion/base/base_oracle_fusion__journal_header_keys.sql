-- Grain: one row per journal that existed.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'journal_header_keys'), ['JeHeaderId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['JeHeaderId']) }} as source_key,
        {{ text('JeHeaderId') }} as header_id,
        {{ rejection_reason([
            required('JeHeaderId'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
