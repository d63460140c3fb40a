-- Grain: one row per customer, deleted ones included with what they were last called.
with

customers as (
    select * from {{ ref('stg_stripe__customers') }}
),

final as (
    select
        source_customer_id,
        customer_name,
        country_code,
        tax_id,
        email_domain,
        cast(null as varchar) as lei,
        street,
        postal_code,
        city,
        cast(null as varchar) as phone,
        -- Billing knows no hierarchy.
        cast(null as varchar) as parent_source_customer_id,
        currency_code,
        is_deleted,
        source_instance,
        load_id,
        recorded_at
    from customers
)

select * from final
