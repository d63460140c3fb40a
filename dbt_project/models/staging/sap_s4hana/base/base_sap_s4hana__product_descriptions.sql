-- Grain: one row per product and language, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'product_descriptions'), ['Product', 'Language']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Product', 'Language']) }} as source_key,
        {{ normalise_code('Product') }} as source_product_id,
        {{ normalise_code('Language') }} as language_code,
        {{ text('ProductDescription') }} as product_name,
        {{ rejection_reason([
            required('Product'),
            required('Language'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
