-- Grain: one row per supplier, current version.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'suppliers'), ['supplier']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['supplier']) }} as source_key,
        {{ normalise_code('supplier') }} as source_supplier_id,
        {{ text('name') }} as supplier_name,
        {{ normalise_code('country') }} as country_code,
        {{ tax_id('tax_id') }} as tax_id,
        coalesce({{ database_flag('is_inactive') }}, false) as is_inactive,
        {{ rejection_reason([
            required('supplier'),
            castable('is_inactive', database_flag('is_inactive')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
