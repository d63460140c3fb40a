-- Grain: one row per customer, those marked for deletion included.
with

customers as (
    select * from {{ ref('stg_sap_ecc__customers') }}
),

final as (
    select
        source_customer_id,
        customer_name,
        country_code,
        tax_id,
        -- Addresses of communication are in tables of their own, which are not read.
        cast(null as varchar) as email_domain,
        cast(null as varchar) as lei,
        cast(null as varchar) as street,
        cast(null as varchar) as postal_code,
        cast(null as varchar) as city,
        cast(null as varchar) as phone,
        parent_source_customer_id,
        -- A customer of SAP deals in the currency of each order.
        cast(null as varchar) as currency_code,
        is_deleted,
        source_instance,
        load_id,
        recorded_at
    from customers
)

select * from final
