-- Grain: one row per account. One that is deleted is gone.
with

accounts as (
    select * from {{ ref('stg_zuora__accounts') }}
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
        phone,
        parent_source_customer_id,
        currency_code,
        false as is_deleted,
        source_instance,
        load_id,
        recorded_at
    from accounts
)

select * from final
