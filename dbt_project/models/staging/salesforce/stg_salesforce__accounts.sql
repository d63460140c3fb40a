-- Grain: one row per account.
with

base as (
    select * from {{ ref('base_salesforce__accounts') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_customer_id,
        customer_name,
        parent_source_customer_id,
        country_code,
        tax_id,
        web_domain,
        currency_code,
        is_deleted
    from base
    where rejection_reason is null
)

select * from final
