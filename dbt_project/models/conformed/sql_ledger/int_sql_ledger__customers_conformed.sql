-- Grain: one row per customer, inactive ones included.
with

customers as (
    select * from {{ ref('stg_sql_ledger__customers') }}
),

final as (
    select
        source_customer_id,
        coalesce(customer_name, source_customer_id) as customer_name,
        country_code,
        tax_id,
        email_domain,
        cast(null as varchar) as lei,
        cast(null as varchar) as street,
        cast(null as varchar) as postal_code,
        cast(null as varchar) as city,
        cast(null as varchar) as phone,
        parent_source_customer_id,
        currency_code,
        is_inactive as is_deleted,
        source_instance,
        load_id,
        recorded_at
    from customers
)

select * from final
