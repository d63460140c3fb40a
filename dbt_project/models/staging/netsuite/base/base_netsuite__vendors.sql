-- Grain: one row per vendor.
with

source as (
    {{ current_rows(source('landed_netsuite', 'vendors'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_supplier_id,
        {{ text('entityid') }} as supplier_number,
        {{ text('companyname') }} as supplier_name,
        {{ tax_id('vatregnumber') }} as tax_id,
        {{ normalise_code('country') }} as country_code,
        {{ netsuite_flag('isinactive') }} as is_inactive,
        {{ rejection_reason([
            required('id'),
            required('isinactive', netsuite_flag('isinactive')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
