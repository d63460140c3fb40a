-- Grain: one row per supplier, with the reason to reject it if there is one.
with

landed as (
    {{ newest_versions(source('landed_coupa', 'suppliers'), iso_timestamp('"updated-at"')) }}
),

source as (
    {{ current_rows('landed', ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_supplier_id,
        {{ normalise_code('number') }} as supplier_number,
        coalesce({{ text('name') }}, {{ text('"display-name"') }}) as supplier_name,
        {{ normalise_code(json_text(json_text('"primary-address"', 'country'), 'code')) }} as country_code,
        {{ tax_id('"tax-id"') }} as tax_id,
        coalesce(lower({{ text('status') }}) = 'inactive', false) as is_deleted,
        {{ rejection_reason([
            required('id'),
            castable('"primary-address"', json_document('"primary-address"')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
