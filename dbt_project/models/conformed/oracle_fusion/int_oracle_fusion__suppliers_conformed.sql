-- Grain: one row per supplier, inactive ones included.
with

suppliers as (
    select * from {{ ref('stg_oracle_fusion__suppliers') }}
),

final as (
    select
        supplier_number as source_supplier_id,
        supplier_name,
        country_code,
        tax_id,
        status_code <> 'ACTIVE' as is_deleted,
        source_instance,
        load_id,
        recorded_at
    from suppliers
)

select * from final
