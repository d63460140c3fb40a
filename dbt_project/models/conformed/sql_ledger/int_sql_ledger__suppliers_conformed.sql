-- Grain: one row per supplier, inactive ones included.
with

suppliers as (
    select * from {{ ref('stg_sql_ledger__suppliers') }}
),

final as (
    select
        source_supplier_id,
        coalesce(supplier_name, source_supplier_id) as supplier_name,
        country_code,
        tax_id,
        is_inactive as is_deleted,
        source_instance,
        load_id,
        recorded_at
    from suppliers
)

select * from final
