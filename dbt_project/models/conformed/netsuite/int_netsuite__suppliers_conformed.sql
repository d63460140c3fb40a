-- Grain: one row per vendor, inactive ones included.
with

vendors as (
    select * from {{ ref('stg_netsuite__vendors') }}
),

final as (
    select
        source_supplier_id,
        coalesce(supplier_name, supplier_number) as supplier_name,
        country_code,
        tax_id,
        is_inactive as is_deleted,
        source_instance,
        load_id,
        recorded_at
    from vendors
)

select * from final
