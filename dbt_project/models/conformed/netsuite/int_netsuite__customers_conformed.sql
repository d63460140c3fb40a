-- Grain: one row per customer, inactive ones included.
with

customers as (
    select * from {{ ref('stg_netsuite__customers') }}
),

currencies as (
    select * from {{ ref('stg_netsuite__currencies') }}
),

final as (
    select
        customers.source_customer_id,
        coalesce(customers.customer_name, customers.customer_number) as customer_name,
        customers.country_code,
        customers.tax_id,
        customers.email_domain,
        cast(null as varchar) as lei,
        cast(null as varchar) as street,
        cast(null as varchar) as postal_code,
        cast(null as varchar) as city,
        cast(null as varchar) as phone,
        customers.parent_source_customer_id,
        currencies.currency_code,
        customers.is_inactive as is_deleted,
        customers.source_instance,
        customers.load_id,
        customers.recorded_at
    from customers
    left join currencies
        on
            customers.source_instance = currencies.source_instance
            and customers.currency_id = currencies.currency_id
)

select * from final
