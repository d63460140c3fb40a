-- Grain: one row per golden customer, also one that only history still names (is_former). Each attribute is the value of the system that owns it (customer_attribute_choices);
-- load_id and recorded_at are those of the record that names the customer.
with recursive

choices as (
    select * from {{ ref('customer_attribute_choices') }}
    where choice_rank = 1
),

crosswalk as (
    select * from {{ ref('customer_crosswalk') }}
),

slices as (
    select * from {{ ref('customer_slices') }}
    where valid_from <= {{ as_of_date() }}
),

keys as (
    select
        customer_id,
        max(customer_key) as customer_key
    from slices
    group by customer_id
),

members as (
    select
        customer_id,
        count(*) as number_of_records,
        min(cast(is_deleted as integer)) = 1 as is_deleted
    from crosswalk
    group by customer_id
),

customers as (
    select
        keys.customer_id,
        keys.customer_key,
        coalesce(members.number_of_records, 0) as number_of_records,
        members.customer_id is null as is_former,
        coalesce(members.is_deleted, false) as is_deleted
    from keys
    left join members on keys.customer_id = members.customer_id
),

attributes as (
    select
        customer_id,
        max(case when attribute = 'customer_name' then attribute_value end) as customer_name,
        max(case when attribute = 'country_code' then attribute_value end) as country_code,
        max(case when attribute = 'tax_id' then attribute_value end) as tax_id,
        max(case when attribute = 'lei' then attribute_value end) as lei,
        max(case when attribute = 'email_domain' then attribute_value end) as email_domain,
        max(case when attribute = 'street' then attribute_value end) as street,
        max(case when attribute = 'postal_code' then attribute_value end) as postal_code,
        max(case when attribute = 'city' then attribute_value end) as city,
        max(case when attribute = 'phone' then attribute_value end) as phone,
        max(case when attribute = 'parent_customer_id' then attribute_value end) as parent_customer_id,
        max(case when attribute = 'customer_name' then source_instance end) as source_instance,
        max(case when attribute = 'customer_name' then source_customer_id end) as source_customer_id,
        max(case when attribute = 'customer_name' then load_id end) as load_id,
        max(case when attribute = 'customer_name' then recorded_at end) as recorded_at
    from choices
    group by customer_id
),

-- union without all: a pair found twice ends the walk, so a cycle does.
ancestors as (
    select
        customer_id,
        parent_customer_id as ancestor_id
    from attributes
    where parent_customer_id is not null
    union
    select
        ancestors.customer_id,
        attributes.parent_customer_id as ancestor_id
    from ancestors
    inner join attributes on ancestors.ancestor_id = attributes.customer_id
    where attributes.parent_customer_id is not null
),

cycles as (
    select distinct customer_id
    from ancestors
    where customer_id = ancestor_id
),

tops as (
    select
        ancestors.customer_id,
        ancestors.ancestor_id as ultimate_parent_customer_id
    from ancestors
    inner join attributes on ancestors.ancestor_id = attributes.customer_id
    where attributes.parent_customer_id is null
),

final as (
    select
        customers.customer_id,
        customers.customer_key,
        attributes.customer_name,
        attributes.country_code,
        attributes.tax_id,
        attributes.lei,
        attributes.email_domain,
        attributes.street,
        attributes.postal_code,
        attributes.city,
        attributes.phone,
        attributes.parent_customer_id,
        case
            when attributes.parent_customer_id is null then customers.customer_id
            else tops.ultimate_parent_customer_id
        end as ultimate_parent_customer_id,
        cycles.customer_id is not null as is_hierarchy_cycle,
        customers.number_of_records,
        customers.is_former,
        customers.is_deleted,
        attributes.source_instance,
        attributes.source_customer_id,
        attributes.load_id,
        attributes.recorded_at
    from customers
    left join attributes on customers.customer_id = attributes.customer_id
    left join tops on customers.customer_id = tops.customer_id
    left join cycles on customers.customer_id = cycles.customer_id
)

select * from final
