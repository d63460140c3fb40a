-- Grain: one row per vendor of a company, blocked ones included.
with

vendors as (
    select * from {{ ref('stg_business_central__vendors') }}
),

companies as (
    select * from {{ ref('int_business_central__companies') }}
),

final as (
    select
        {{ business_central_record('companies.source_entity_id', 'vendors.supplier_number') }} as source_supplier_id,
        coalesce(vendors.supplier_name, vendors.supplier_number) as supplier_name,
        vendors.country_code,
        vendors.tax_id,
        coalesce(vendors.blocked_for = 'All', false) as is_deleted,
        vendors.source_instance,
        vendors.load_id,
        vendors.recorded_at
    from vendors
    inner join companies
        on
            vendors.source_instance = companies.source_instance
            and vendors.company_id = companies.company_id
)

select * from final
