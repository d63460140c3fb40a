-- Grain: one row per customer, deleted ones included.
with

base as (
    select * from {{ ref('base_stripe__customers') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_customer_id,
        customer_name,
        country_code,
        tax_id,
        email_domain,
        currency_code,
        is_deleted
    from base
    where rejection_reason is null
)

select * from final
