-- Grain: one row per customer of a legal entity, those on hold included. Who belongs to whom is told of parties, in the
-- address book of the whole installation: the parent is the customer that the parent party is in the same legal entity.
with

customers as (
    select * from {{ ref('stg_d365_finance__customers') }}
),

parents as (
    select
        source_instance,
        child_party_number,
        min(parent_party_number) as parent_party_number
    from {{ ref('stg_d365_finance__party_relationships') }}
    where
        coalesce(valid_from, date '1900-01-01') <= {{ as_of_date() }}
        and coalesce(valid_to, date '9999-12-31') >= {{ as_of_date() }}
    group by source_instance, child_party_number
    -- Of a party with several parents none is the head.
    having count(distinct parent_party_number) = 1
),

customers_of_parties as (
    select
        source_instance,
        source_entity_id,
        party_number,
        min(customer_number) as customer_number
    from customers
    where party_number is not null
    group by source_instance, source_entity_id, party_number
),

final as (
    select
        {{ d365_partner('customers.source_entity_id', 'customers.customer_number') }} as source_customer_id,
        coalesce(customers.customer_name, customers.customer_alias, customers.customer_number) as customer_name,
        customers.country_code,
        customers.tax_id,
        coalesce(customers.website_domain, customers.email_domain) as email_domain,
        cast(null as varchar) as lei,
        cast(null as varchar) as street,
        cast(null as varchar) as postal_code,
        cast(null as varchar) as city,
        cast(null as varchar) as phone,
        {{ d365_partner('customers.source_entity_id', 'parent_customers.customer_number') }}
            as parent_source_customer_id,
        customers.currency_code,
        coalesce(customers.on_hold_for = 'All', false) as is_deleted,
        customers.source_instance,
        customers.load_id,
        customers.recorded_at
    from customers
    left join parents
        on
            customers.source_instance = parents.source_instance
            and customers.party_number = parents.child_party_number
    left join customers_of_parties as parent_customers
        on
            customers.source_instance = parent_customers.source_instance
            and customers.source_entity_id = parent_customers.source_entity_id
            and parents.parent_party_number = parent_customers.party_number
)

select * from final
