-- Grain: one row per published customer id that no record has any more, because its customer was merged with another one:
-- the id that stands for it now. Where a dated mapping moved the records, the days before it keep the old id; from
-- `since` on the other one is right. An id whose records are gone from their systems altogether has no other.
with

published as (
    select * from {{ source('control', 'customer_ids') }}
),

slices as (
    select * from {{ ref('customer_slices') }} as slices
    where {{ is_valid_on(as_of_date(), 'slices') }}
),

-- How long each record had each id.
held as (
    select
        *,
        lead(as_of) over (partition by source_instance, source_customer_id order by as_of) as held_until
    from published
),

ids_today as (
    select distinct customer_id from slices
),

-- The records that had the id last, and the night that gave them another.
last_holders as (
    select
        held.customer_id,
        held.source_instance,
        held.source_customer_id,
        held.held_until,
        rank() over (partition by held.customer_id order by coalesce(held.held_until, {{ as_of_date() }}) desc) as place
    from held
    left join ids_today on held.customer_id = ids_today.customer_id
    where ids_today.customer_id is null
),

successors as (
    select
        last_holders.customer_id as alias_customer_id,
        slices.customer_id,
        coalesce(min(last_holders.held_until), {{ as_of_date() }}) as since,
        min(slices.decided_by) as decided_by,
        row_number() over (
            partition by last_holders.customer_id
            order by count(*) desc, min({{ natural_key(['slices.source_instance', 'slices.source_customer_id']) }})
        ) as place,
        min(slices.source_instance) as source_instance
    from last_holders
    inner join slices
        on
            last_holders.source_instance = slices.source_instance
            and last_holders.source_customer_id = slices.source_customer_id
    where last_holders.place = 1
    group by last_holders.customer_id, slices.customer_id
),

final as (
    select
        alias_customer_id,
        customer_id,
        since,
        decided_by,
        source_instance
    from successors
    where place = 1
)

select * from final
