-- Grain: one row per customer account, inactive ones included. The party behind it has country and tax number. Which
-- parties belong to one group is not read.
with

customer_accounts as (
    select * from {{ ref('stg_oracle_fusion__customer_accounts') }}
),

parties as (
    select * from {{ ref('stg_oracle_fusion__parties') }}
),

final as (
    select
        customer_accounts.customer_number as source_customer_id,
        coalesce(customer_accounts.account_name, parties.party_name, customer_accounts.customer_number)
            as customer_name,
        parties.country_code,
        parties.tax_id,
        parties.email_domain,
        cast(null as varchar) as lei,
        cast(null as varchar) as street,
        cast(null as varchar) as postal_code,
        cast(null as varchar) as city,
        cast(null as varchar) as phone,
        cast(null as varchar) as parent_source_customer_id,
        cast(null as varchar) as currency_code,
        customer_accounts.status_code <> 'A' as is_deleted,
        customer_accounts.source_instance,
        customer_accounts.load_id,
        customer_accounts.recorded_at
    from customer_accounts
    left join parties
        on
            customer_accounts.source_instance = parties.source_instance
            and customer_accounts.party_id = parties.party_id
)

select * from final
