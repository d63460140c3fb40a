-- Grain: one row per customer, those marked for deletion included.
with

customers as (
    select * from {{ ref('stg_sap_s4hana__customers') }}
),

partners as (
    {{ partners_by_role('source_customer_id') }}
),

final as (
    select
        customers.source_customer_id,
        coalesce(customers.customer_name, partners.business_partner_name) as customer_name,
        partners.country_code,
        coalesce(customers.vat_registration, partners.tax_id) as tax_id,
        -- None of the sets we read carries an e-mail address.
        cast(null as varchar) as email_domain,
        cast(null as varchar) as lei,
        cast(null as varchar) as street,
        partners.postal_code,
        partners.city,
        cast(null as varchar) as phone,
        customers.parent_source_customer_id,
        -- A customer of SAP deals in the currency of each order.
        cast(null as varchar) as currency_code,
        customers.is_deleted,
        customers.source_instance,
        customers.load_id,
        customers.recorded_at
    from customers
    left join partners
        on
            customers.source_instance = partners.source_instance
            and customers.source_customer_id = partners.source_customer_id
)

select * from final
