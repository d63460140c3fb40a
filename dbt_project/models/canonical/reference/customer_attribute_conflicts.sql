-- Grain: one row per golden customer, attribute and source record whose value differs from the authority's.
with

choices as (
    select * from {{ ref('customer_attribute_choices') }}
),

final as (
    select
        others.customer_id,
        others.attribute,
        others.source_instance,
        others.source_customer_id,
        others.attribute_value,
        authority.attribute_value as authority_value,
        authority.source_instance as authority_source_instance,
        authority.source_customer_id as authority_source_customer_id,
        others.load_id,
        others.recorded_at
    from choices as others
    inner join choices as authority
        on
            others.customer_id = authority.customer_id
            and others.attribute = authority.attribute
            and authority.choice_rank = 1
    where
        others.choice_rank > 1
        and others.attribute_value is not null
        and others.attribute_value is distinct from authority.attribute_value
)

select * from final
