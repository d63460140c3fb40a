-- Grain: one row per corporate domain of customer records, and whether it names one customer. It does where all its
-- records may be the same company and nothing says they are several: one tax id, one country, one mapped customer, one
-- record or customer per instance, and nobody of a group, whose daughters have the domain of the head. why_not is the
-- first reason against it.
with

records as (
    select * from {{ ref('customer_match_records') }}
    where domain is not null
),

heads as (
    select distinct
        source_instance,
        parent_source_customer_id
    from {{ ref('customer_match_records') }}
    where parent_source_customer_id is not null
),

grouped as (
    select
        records.*,
        records.parent_source_customer_id is not null or heads.parent_source_customer_id is not null as is_in_group
    from records
    left join heads
        on
            records.source_instance = heads.source_instance
            and records.source_customer_id = heads.parent_source_customer_id
),

per_instance as (
    select
        domain,
        source_instance,
        count(distinct unit_key) as units
    from grouped
    group by domain, source_instance
),

most_per_instance as (
    select
        domain,
        max(units) as units
    from per_instance
    group by domain
),

counted as (
    select
        domain,
        count(*) as number_of_records,
        count(distinct tax_id) as tax_ids,
        count(distinct country_code) as countries,
        count(distinct case when not is_open then unit_key end) as settled_customers,
        max(cast(is_in_group as integer)) = 1 as is_in_group,
        min(source_instance) as source_instance,
        max(load_id) as load_id,
        max(recorded_at) as recorded_at
    from grouped
    group by domain
),

judged as (
    select
        counted.*,
        case
            when counted.tax_ids > 1 then 'several tax ids'
            when counted.settled_customers > 1 then 'several customers'
            when counted.countries > 1 then 'several countries'
            when most_per_instance.units > 1 then 'several records of one system'
            when counted.is_in_group then 'a group of companies'
        end as why_not
    from counted
    inner join most_per_instance on counted.domain = most_per_instance.domain
),

final as (
    select
        domain,
        number_of_records,
        why_not is null as is_identifying,
        why_not,
        source_instance,
        load_id,
        recorded_at
    from judged
)

select * from final
