-- Grain: one row per supplier record of an instance.
with

suppliers as (
    select * from {{ ref('all_suppliers') }}
),

final as (
    select
        {{ surrogate_key(['source_instance', 'source_supplier_id']) }} as supplier_id,
        source_instance,
        source_supplier_id,
        supplier_name,
        country_code,
        tax_id,
        is_deleted,
        load_id,
        recorded_at
    from suppliers
)

select * from final
