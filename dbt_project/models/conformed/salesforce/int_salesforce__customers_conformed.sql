-- Grain: one row per account, deleted and merged ones included (is_deleted), so that history keeps its customer.
with

accounts as (
    select * from {{ ref('stg_salesforce__accounts') }}
),

final as (
    select
        source_customer_id,
        customer_name,
        country_code,
        tax_id,
        web_domain as email_domain,
        lei,
        street,
        postal_code,
        city,
        phone,
        parent_source_customer_id,
        currency_code,
        is_deleted,
        source_instance,
        load_id,
        recorded_at
    from accounts
)

select * from final
