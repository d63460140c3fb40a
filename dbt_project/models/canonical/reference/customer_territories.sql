-- Grain: one row per customer record and sales territory in force. The CRM keeps no history of assignments: this is how
-- they stand, assigned_at is the last change.
with

account_territories as (
    select * from {{ ref('all_account_territories') }}
),

territories as (
    select * from {{ ref('dim_territories') }}
    where is_in_force
),

customer_slices as (
    select * from {{ ref('customer_slices') }} as customer_slices
    where {{ is_valid_on(as_of_date(), 'customer_slices') }}
),

final as (
    select
        {{ member_id('account_territories.source_customer_id', 'customer_slices.customer_id') }} as customer_id,
        account_territories.source_customer_id,
        territories.territory_id,
        account_territories.source_territory_id,
        account_territories.assigned_at,
        account_territories.source_instance,
        account_territories.load_id,
        account_territories.recorded_at
    from account_territories
    inner join territories
        on
            account_territories.source_instance = territories.source_instance
            and account_territories.source_territory_id = territories.source_territory_id
    left join customer_slices
        on
            account_territories.source_instance = customer_slices.source_instance
            and account_territories.source_customer_id = customer_slices.source_customer_id
)

select * from final
