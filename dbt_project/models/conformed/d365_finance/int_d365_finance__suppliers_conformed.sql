-- Grain: one row per vendor of a legal entity, those on hold included.
with

vendors as (
    select * from {{ ref('stg_d365_finance__vendors') }}
),

final as (
    select
        {{ d365_partner('source_entity_id', 'vendor_number') }} as source_supplier_id,
        coalesce(vendor_name, vendor_alias, vendor_number) as supplier_name,
        country_code,
        tax_id,
        coalesce(on_hold_for = 'All', false) as is_deleted,
        source_instance,
        load_id,
        recorded_at
    from vendors
)

select * from final
