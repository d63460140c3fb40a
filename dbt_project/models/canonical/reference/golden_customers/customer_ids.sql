-- Grain: one row per customer key: the id of the golden customer it names. An id, once published, stays with its
-- customer whatever names it later. The control store remembers which id each record was published with; this night's
-- ids follow from those of the nights before it, so a night that is run again gives what it gave.
-- An id goes to the key it was published under while that names anybody, else to the key that most of its records have
-- now, of two with as many to that of the ERP's record. Where several ids come together the oldest stays, and customer_aliases keeps the others. A key without an id gets
-- the one made of it, or, where that was given before, another: no id is ever given twice.
with

slices as (
    select * from {{ ref('customer_key_slices') }}
    where valid_from <= {{ as_of_date() }}
),

published as (
    select * from {{ source('control', 'customer_ids') }}
),

keys as (
    select distinct customer_key from slices
),

records_today as (
    select
        slices.source_instance,
        slices.source_customer_id,
        slices.customer_key,
        case records.source_role when 'erp' then 1 when 'crm' then 2 else 3 end as role_rank
    from slices
    left join {{ ref('all_customers') }} as records
        on
            slices.source_instance = records.source_instance
            and slices.source_customer_id = records.source_customer_id
    where {{ is_valid_on(as_of_date(), 'slices') }}
),

last_published as (
    select
        *,
        row_number() over (partition by source_instance, source_customer_id order by as_of desc) as place
    from published
),

-- Under which key an id was published last, and since when it is known.
known_ids as (
    select
        published.customer_id,
        max_by(published.customer_key, published.as_of) as published_key,
        min(published.as_of) as first_published
    from published
    group by published.customer_id
),

claims as (
    select
        last_published.customer_id,
        records_today.customer_key,
        count(*) as records,
        min(records_today.role_rank) as role_rank,
        min({{ natural_key(['records_today.source_instance', 'records_today.source_customer_id']) }}) as first_record
    from last_published
    inner join records_today
        on
            last_published.source_instance = records_today.source_instance
            and last_published.source_customer_id = records_today.source_customer_id
    where last_published.place = 1
    group by last_published.customer_id, records_today.customer_key
),

-- An id that no record was published with last has been merged away, and has no heir.
heirs as (
    select
        claims.customer_id,
        claims.customer_key,
        row_number() over (
            partition by claims.customer_id
            order by claims.records desc, claims.role_rank asc, claims.first_record asc
        ) as place
    from claims
),

inherited as (
    select
        known_ids.customer_id,
        known_ids.first_published,
        coalesce(keys.customer_key, heirs.customer_key) as customer_key,
        coalesce(keys.customer_key = known_ids.published_key, false) as is_own_key
    from known_ids
    inner join heirs on known_ids.customer_id = heirs.customer_id and heirs.place = 1
    left join keys on known_ids.published_key = keys.customer_key
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_key
            order by first_published asc, is_own_key desc, customer_id asc
        ) as place
    from inherited
),

given_before as (
    select
        customer_key,
        count(distinct customer_id) as ids
    from published
    group by customer_key
),

final as (
    select
        keys.customer_key,
        case
            when ranked.customer_id is not null then ranked.customer_id
            when given_before.customer_key is null then {{ surrogate_key(['keys.customer_key']) }}
            else {{ surrogate_key(['keys.customer_key', 'given_before.ids']) }}
        end as customer_id,
        ranked.first_published
    from keys
    left join ranked on keys.customer_key = ranked.customer_key and ranked.place = 1
    left join given_before on keys.customer_key = given_before.customer_key
)

select * from final
