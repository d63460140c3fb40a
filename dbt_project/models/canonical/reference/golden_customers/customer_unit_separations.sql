-- Grain: one row per pair of customers, as mappings and tax ids make them, that people have told apart; each pair in both
-- directions. What holds of one record of a customer holds of all of them.
with

separations as (
    select * from {{ ref('map_customer_separations') }} as separations
    where {{ is_valid_on(as_of_date(), 'separations') }}
),

identities as (
    select * from {{ ref('customer_identity_slices') }} as identities
    where {{ is_valid_on(as_of_date(), 'identities') }}
),

pairs as (
    select
        identities.customer_key as unit_key,
        others.customer_key as other_unit_key
    from separations
    inner join identities
        on
            separations.source_instance = identities.source_instance
            and separations.source_customer_id = identities.source_customer_id
    inner join identities as others
        on
            separations.other_instance = others.source_instance
            and separations.other_customer_id = others.source_customer_id
),

final as (
    select
        unit_key,
        other_unit_key
    from pairs
    union
    select
        other_unit_key as unit_key,
        unit_key as other_unit_key
    from pairs
)

select * from final
