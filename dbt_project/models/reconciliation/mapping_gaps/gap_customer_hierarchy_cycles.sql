-- Grain: one row per golden customer that stands under itself: a group that has no head.
with

customers as (select * from {{ ref('dim_customers') }}),

final as (
    select
        'customer_hierarchy_cycle' as exception_type,
        {{ natural_key(['customers.source_instance', 'customers.source_customer_id']) }} as natural_key,
        cast(null as varchar) as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        cast(null as {{ type_amount() }}) as amount_transaction,
        cast(null as varchar) as transaction_currency,
        concat_ws(' ', customers.customer_name, 'has the parent', parents.customer_name, 'and stands above it')
            as subject,
        customers.source_instance,
        customers.load_id
    from customers
    left join customers as parents on customers.parent_customer_id = parents.customer_id
    where customers.is_hierarchy_cycle and not customers.is_former
)

select * from final
