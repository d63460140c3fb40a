-- Grain: one row per golden customer, attribute and source record that has a say in it, best first (choice_rank 1 is
-- what dim_customers shows). The seed attribute_authority gives each attribute to a role; another system is asked only
-- where the authority has no record or no value. A record of the authority without a parent does say something: it has
-- none, and no other system may give it one.
-- A customer that no record belongs to any more, because a mapping moved them all to another, is described by those that
-- did: its transactions stay with it.
with

crosswalk as (
    select * from {{ ref('customer_crosswalk') }}
),

former_members as (
    select distinct
        customer_slices.customer_id,
        customer_slices.source_instance,
        customer_slices.source_customer_id
    from {{ ref('customer_slices') }} as customer_slices
    left join crosswalk on customer_slices.customer_id = crosswalk.customer_id
    where crosswalk.customer_id is null and customer_slices.valid_from <= {{ as_of_date() }}
),

members as (
    select * from crosswalk
    union all
    select crosswalk.* replace (former_members.customer_id as customer_id)
    from former_members
    inner join crosswalk
        on
            former_members.source_instance = crosswalk.source_instance
            and former_members.source_customer_id = crosswalk.source_customer_id
),

authorities as (
    select * from {{ ref('attribute_authority') }}
    where entity = 'customer'
),

attribute_values as (
    {%- for attribute in [
        'customer_name', 'country_code', 'tax_id', 'lei', 'email_domain', 'street', 'postal_code', 'city', 'phone',
        'parent_customer_id',
    ] %}
    select
        customer_id,
        source_instance,
        source_customer_id,
        source_role,
        is_deleted,
        load_id,
        recorded_at,
        '{{ attribute }}' as attribute,
        {{ attribute }} as attribute_value
    from members
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        attribute_values.customer_id,
        attribute_values.attribute,
        attribute_values.source_instance,
        attribute_values.source_customer_id,
        attribute_values.source_role,
        authorities.authority_rank,
        attribute_values.attribute_value,
        attribute_values.load_id,
        attribute_values.recorded_at,
        row_number() over (
            partition by attribute_values.customer_id, attribute_values.attribute
            order by
                attribute_values.attribute_value is null and attribute_values.attribute <> 'parent_customer_id',
                authorities.authority_rank,
                attribute_values.is_deleted,
                attribute_values.source_instance,
                attribute_values.source_customer_id
        ) as choice_rank
    from attribute_values
    inner join authorities
        on
            attribute_values.attribute = authorities.attribute
            and attribute_values.source_role = authorities.source_role
)

select * from final
