-- Grain: one row per customer of a company, blocked ones included. Which customers belong to one group, Business Central
-- does not know.
with

customers as (
    select * from {{ ref('stg_business_central__customers') }}
),

companies as (
    select * from {{ ref('int_business_central__companies') }}
),

final as (
    select
        {{ business_central_record('companies.source_entity_id', 'customers.customer_number') }} as source_customer_id,
        coalesce(customers.customer_name, customers.customer_number) as customer_name,
        customers.country_code,
        customers.tax_id,
        coalesce(customers.website_domain, customers.email_domain) as email_domain,
        cast(null as varchar) as lei,
        cast(null as varchar) as street,
        cast(null as varchar) as postal_code,
        cast(null as varchar) as city,
        cast(null as varchar) as phone,
        cast(null as varchar) as parent_source_customer_id,
        coalesce(customers.currency_code, companies.local_currency) as currency_code,
        coalesce(customers.blocked_for = 'All', false) as is_deleted,
        customers.source_instance,
        customers.load_id,
        customers.recorded_at
    from customers
    inner join companies
        on
            customers.source_instance = companies.source_instance
            and customers.company_id = companies.company_id
)

select * from final
