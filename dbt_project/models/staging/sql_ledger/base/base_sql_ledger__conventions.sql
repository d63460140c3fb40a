-- Grain: one row per instance, current version.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'conventions'), ['ledger']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['ledger']) }} as source_key,
        {{ normalise_code('ledger') }} as ledger_code,
        {{ normalise_code('chart') }} as chart_code,
        {{ text('balance_sheet_types') }} as balance_sheet_types,
        {{ rejection_reason([
            required('ledger'),
            required('chart'),
            required('balance_sheet_types'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
