-- Grain: one row per supplier, those marked for deletion included.
with

suppliers as (
    select * from {{ ref('stg_sap_ecc__suppliers') }}
),

final as (
    select
        source_supplier_id,
        supplier_name,
        country_code,
        tax_id,
        is_deleted,
        source_instance,
        load_id,
        recorded_at
    from suppliers
)

select * from final
