-- Grain: one row per product, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'products'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_product_id,
        {{ normalise_code('ProductCode') }} as product_code,
        {{ text('Name') }} as product_name,
        {{ text('Family') }} as source_product_group,
        {{ boolean('IsDeleted') }} as is_deleted,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('Name'),
            required('IsDeleted', boolean('IsDeleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
