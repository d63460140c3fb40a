-- Grain: one row per item of the master organization.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'items'), ['ItemId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['ItemId']) }} as source_key,
        {{ text('ItemId') }} as item_id,
        {{ text('OrganizationCode') }} as organization_code,
        {{ normalise_code('ItemNumber') }} as product_code,
        {{ text('ItemDescription') }} as product_name,
        {{ text('ItemClass') }} as item_class,
        {{ rejection_reason([
            required('ItemId'),
            required('ItemNumber'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
