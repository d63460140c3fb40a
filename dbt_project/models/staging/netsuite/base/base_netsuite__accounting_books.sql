-- Grain: one row per accounting book.
with

source as (
    {{ current_rows(source('landed_netsuite', 'accounting_books'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as accounting_book_id,
        {{ text('name') }} as accounting_book_name,
        {{ netsuite_flag('isprimary') }} as is_primary,
        coalesce({{ netsuite_flag('isadjustmentonly') }}, false) as is_adjustment_only,
        coalesce({{ netsuite_flag('isconsolidated') }}, false) as is_consolidated,
        {{ rejection_reason([
            required('id'),
            required('isprimary', netsuite_flag('isprimary')),
            castable('isadjustmentonly', netsuite_flag('isadjustmentonly')),
            castable('isconsolidated', netsuite_flag('isconsolidated')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
