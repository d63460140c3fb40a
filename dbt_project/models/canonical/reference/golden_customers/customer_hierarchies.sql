-- Grain: one row per golden customer and period in which this warehouse knew it under one parent, null for none. The days
-- are those of nights: systems tell a parent as it is, not since when. The last slice of a customer is open; one that
-- stands under itself, over however many steps, is_cycle on the as-of date.
with

published as (
    select * from {{ source('control', 'customer_parents') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

known as (
    select
        as_of,
        customer_id,
        parent_customer_id
    from published
    union all
    select
        {{ as_of_date() }} as as_of,
        customer_id,
        parent_customer_id
    from customers
    where not is_former
),

compared as (
    select
        *,
        lag(as_of) over (partition by customer_id order by as_of) as as_of_before,
        lag(parent_customer_id) over (partition by customer_id order by as_of) as parent_before
    from known
),

changes as (
    select * from compared
    where as_of_before is null or parent_customer_id is distinct from parent_before
),

final as (
    select
        changes.customer_id,
        changes.as_of as valid_from,
        coalesce(
            lead(changes.as_of) over (partition by changes.customer_id order by changes.as_of), {{ open_end() }}
        ) as valid_to,
        changes.parent_customer_id,
        coalesce(customers.is_hierarchy_cycle, false)
        and lead(changes.as_of) over (partition by changes.customer_id order by changes.as_of) is null as is_cycle,
        customers.source_instance,
        customers.load_id,
        customers.recorded_at
    from changes
    left join customers on changes.customer_id = customers.customer_id
)

select * from final
