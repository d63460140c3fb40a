-- Grain: one row per supplier, those marked for deletion included.
with

suppliers as (
    select * from {{ ref('stg_sap_s4hana__suppliers') }}
),

partners as (
    {{ partners_by_role('source_supplier_id') }}
),

final as (
    select
        suppliers.source_supplier_id,
        coalesce(suppliers.supplier_name, partners.business_partner_name) as supplier_name,
        partners.country_code,
        coalesce(suppliers.vat_registration, partners.tax_id) as tax_id,
        suppliers.is_deleted,
        suppliers.source_instance,
        suppliers.load_id,
        suppliers.recorded_at
    from suppliers
    left join partners
        on
            suppliers.source_instance = partners.source_instance
            and suppliers.source_supplier_id = partners.source_supplier_id
)

select * from final
