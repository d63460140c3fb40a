-- Grain: one row per open customer record with a sure link: the record whose customer it belongs to (its anchor), or none
-- where that would join two companies. Of a record's links the strongest rule speaks. Open records that lead to each
-- other are one company, unless they lead to two customers, bear two tax ids or identifiers of legal entities, or people
-- have told two of them apart: then none of them is decided (is_ambiguous), and each link is a case for a person.
with recursive

records as (
    select * from {{ ref('customer_match_records') }}
),

separations as (
    select * from {{ ref('customer_unit_separations') }}
),

sure_links as (
    select
        *,
        min(rule_rank) over (partition by record_key) as strongest_rank
    from {{ ref('customer_links') }}
    where is_sure
),

strongest as (
    select distinct
        record_key,
        strongest_rank
    from sure_links
),

-- Between two open records the rule may be the strongest of either.
spoken as (
    select sure_links.*
    from sure_links
    left join strongest on sure_links.other_record_key = strongest.record_key
    where
        sure_links.rule_rank = sure_links.strongest_rank
        or (sure_links.is_other_open and sure_links.rule_rank = strongest.strongest_rank)
),

-- union without all: a pair found twice ends the walk.
reached as (
    select
        record_key,
        record_key as reached_key
    from strongest
    union
    select
        reached.record_key,
        spoken.other_record_key as reached_key
    from reached
    inner join spoken on reached.reached_key = spoken.record_key
    where spoken.is_other_open
),

companies as (
    select
        record_key,
        min(reached_key) as company_key
    from reached
    group by record_key
),

-- The customers, as mappings and tax ids make them, that belong to each company.
units as (
    select
        companies.company_key,
        records.unit_key,
        true as is_open
    from companies
    inner join records on companies.record_key = records.record_key
    union
    select
        companies.company_key,
        spoken.other_unit_key as unit_key,
        false as is_open
    from companies
    inner join spoken on companies.record_key = spoken.record_key
    where not spoken.is_other_open
),

members as (
    select
        units.company_key,
        units.is_open,
        records.*,
        row_number() over (
            partition by units.company_key
            order by units.is_open, records.role_rank, records.source_instance, records.source_customer_id
        ) as place
    from units
    inner join records on units.unit_key = records.unit_key
),

told_apart as (
    select distinct units.company_key
    from units
    inner join separations on units.unit_key = separations.unit_key
    inner join units as others
        on
            units.company_key = others.company_key
            and separations.other_unit_key = others.unit_key
),

counted as (
    select
        company_key,
        count(distinct case when not is_open then unit_key end) as customers,
        -- A customer that people have mapped may have several tax ids; who joins it brings none of another kind.
        count(distinct case when is_open then tax_id end) as tax_ids,
        count(distinct case when is_open then lei end) as leis,
        count(case when not is_open then tax_id end) as tax_ids_of_customer,
        count(case when not is_open then lei end) as leis_of_customer,
        max(case when is_open then tax_id end) as tax_id,
        max(case when is_open then lei end) as lei
    from members
    group by company_key
),

contradicted as (
    select
        counted.company_key,
        count(case when members.tax_id = counted.tax_id then 1 end) as same_tax_ids,
        count(case when members.lei = counted.lei then 1 end) as same_leis
    from counted
    inner join members on counted.company_key = members.company_key and not members.is_open
    group by counted.company_key
),

judged as (
    select
        counted.company_key,
        case
            when counted.customers > 1 then 'leads to several customers'
            when counted.tax_ids > 1 then 'leads to several tax ids'
            when counted.tax_id is not null and counted.tax_ids_of_customer > 0 and contradicted.same_tax_ids = 0
                then 'has another tax id'
            when counted.leis > 1 then 'leads to several legal entities'
            when counted.lei is not null and counted.leis_of_customer > 0 and contradicted.same_leis = 0
                then 'is another legal entity'
            when told_apart.company_key is not null then 'leads to a customer that people have told apart'
        end as why_not
    from counted
    left join contradicted on counted.company_key = contradicted.company_key
    left join told_apart on counted.company_key = told_apart.company_key
),

-- Why a record is where it is: the best of its own links, whichever end it is.
reasons as (
    select
        record_key,
        decided_by,
        score,
        row_number() over (partition by record_key order by rule_rank asc, score desc) as place
    from spoken
),

final as (
    select
        companies.record_key,
        companies.company_key,
        case when judged.why_not is null then anchors.record_key end as anchor_key,
        reasons.decided_by,
        reasons.score,
        judged.why_not is not null as is_ambiguous,
        judged.why_not,
        records.source_instance,
        records.source_customer_id,
        case when judged.why_not is null then anchors.source_instance end as anchor_instance,
        case when judged.why_not is null then anchors.source_customer_id end as anchor_customer_id,
        records.load_id,
        records.recorded_at
    from companies
    inner join records on companies.record_key = records.record_key
    inner join judged on companies.company_key = judged.company_key
    inner join members as anchors on companies.company_key = anchors.company_key and anchors.place = 1
    left join reasons on companies.record_key = reasons.record_key and reasons.place = 1
)

select * from final
