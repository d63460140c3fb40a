-- Grain: one row per pair of customer records that a person should look at. possible_same_customer: the evidence is not
-- enough to join them, or would join two companies (why_not). doubtful_customer_match: an identifier has joined them, and
-- their names or countries say otherwise. record_key is the one to decide on: not the ERP's, where one of them is.
with

records as (
    select
        *,
        row_number() over (
            partition by unit_key
            order by role_rank, source_instance, source_customer_id
        ) as place_in_unit
    from {{ ref('customer_match_records') }}
),

links as (
    select * from {{ ref('customer_links') }}
),

anchors as (
    select * from {{ ref('customer_anchors') }}
),

thresholds as (
    select
        max(case when decision = 'doubt' then minimum_score end) as least_likeness,
        max(case when decision = 'doubt_across_countries' then minimum_score end) as least_likeness_across_countries
    from {{ ref('customer_match_thresholds') }}
),

slices as (
    select
        *,
        {{ natural_key(['source_instance', 'source_customer_id']) }} as record_key
    from {{ ref('customer_slices') }} as slices
    where {{ is_valid_on(as_of_date(), 'slices') }}
),

-- The most that speaks for any partner of a customer, seen from either end of a link.
best_scores as (
    select
        unit_key,
        max(score) as score
    from (
        select
            records.unit_key,
            links.score
        from links
        inner join records on links.record_key = records.record_key
        union all
        select
            other_unit_key as unit_key,
            score
        from links
    ) as ends
    group by unit_key
),

-- Of the rules between two customers the strongest is told; the customer goes by its first record, which stays the same.
-- A pair of which both are more like somebody else is no case: it comes back if those turn out to be others.
undecided as (
    select
        links.record_key as open_key,
        records.record_key as other_key,
        records.role_rank as other_role_rank,
        links.is_other_open,
        links.decided_by,
        links.score,
        links.agreement,
        anchors.why_not,
        links.score = best_scores.score or links.score = other_best_scores.score as is_best_of_one,
        row_number() over (
            partition by links.record_key, links.other_unit_key
            order by links.rule_rank asc, links.score desc
        ) as place
    from links
    inner join records on links.other_unit_key = records.unit_key and records.place_in_unit = 1
    inner join records as open_records on links.record_key = open_records.record_key
    inner join best_scores on open_records.unit_key = best_scores.unit_key
    inner join best_scores as other_best_scores on links.other_unit_key = other_best_scores.unit_key
    inner join slices on links.record_key = slices.record_key
    inner join slices as other_slices on records.record_key = other_slices.record_key
    left join anchors on links.record_key = anchors.record_key and anchors.is_ambiguous
    where slices.customer_id <> other_slices.customer_id
),

-- A record that mapped customers share a tax id with: which of them it is nobody has said.
ambiguous_tax_ids as (
    select
        ambiguous.record_key as open_key,
        records.record_key as other_key,
        'tax_id' as decided_by,
        cast(1 as {{ type_score() }}) as score,
        'the tax id' as agreement,
        'leads to several customers' as why_not
    from records as ambiguous
    inner join slices on ambiguous.record_key = slices.record_key
    inner join records as others
        on
            ambiguous.tax_id = others.tax_id
            and ambiguous.unit_key <> others.unit_key
    inner join records on others.unit_key = records.unit_key and records.place_in_unit = 1
    inner join slices as other_slices on records.record_key = other_slices.record_key
    where
        slices.decided_by = 'own'
        and slices.is_ambiguous
        and not ambiguous.is_open
        and other_slices.decided_by = 'mapped'
    group by ambiguous.record_key, records.record_key
),

pairs as (
    select
        case
            when undecided.is_other_open and (
                records.role_rank < undecided.other_role_rank
                or (records.role_rank = undecided.other_role_rank and undecided.open_key < undecided.other_key)
            ) then undecided.other_key
            else undecided.open_key
        end as record_key,
        case
            when undecided.is_other_open and (
                records.role_rank < undecided.other_role_rank
                or (records.role_rank = undecided.other_role_rank and undecided.open_key < undecided.other_key)
            ) then undecided.open_key
            else undecided.other_key
        end as other_record_key,
        undecided.decided_by,
        undecided.score,
        undecided.agreement,
        undecided.why_not
    from undecided
    inner join records on undecided.open_key = records.record_key
    where undecided.place = 1 and undecided.is_best_of_one

    union all

    select
        open_key as record_key,
        other_key as other_record_key,
        decided_by,
        score,
        agreement,
        why_not
    from ambiguous_tax_ids
),

-- Two open records have found each other from both ends.
possible as (
    select
        'possible_same_customer' as case_type,
        record_key,
        other_record_key,
        min(decided_by) as decided_by,
        max(score) as score,
        min(agreement) as agreement,
        min(why_not) as why_not
    from pairs
    group by record_key, other_record_key
),

joined_records as (
    select
        slices.customer_id,
        slices.decided_by,
        records.*,
        row_number() over (
            partition by slices.customer_id
            order by records.role_rank, records.source_instance, records.source_customer_id
        ) as place_in_customer
    from slices
    inner join records on slices.record_key = records.record_key
),

-- What people have mapped they have looked at.
doubtful as (
    select
        'doubtful_customer_match' as case_type,
        others.record_key,
        firsts.record_key as other_record_key,
        others.decided_by,
        cast({{ text_similarity('others.name_sorted', 'firsts.name_sorted') }} as {{ type_score() }}) as score,
        case others.decided_by
            when 'tax_id' then 'the tax id'
            when 'lei' then 'the legal entity identifier'
            else 'the internet domain'
        end as agreement,
        case
            when others.country_code <> firsts.country_code then 'names and countries differ'
            else 'names differ'
        end as why_not
    from joined_records as others
    inner join joined_records as firsts
        on others.customer_id = firsts.customer_id and firsts.place_in_customer = 1
    cross join thresholds
    where
        others.place_in_customer > 1
        and others.decided_by in ('tax_id', 'lei', 'domain')
        and others.name_sorted is not null
        and firsts.name_sorted is not null
        and case
            when others.country_code <> firsts.country_code
                then
                    {{ text_similarity('others.name_sorted', 'firsts.name_sorted') }}
                    < thresholds.least_likeness_across_countries
            else
                not {{ shares_a_word('others.name_sorted', 'firsts.name_sorted') }}
                and {{ text_similarity('others.name_sorted', 'firsts.name_sorted') }} < thresholds.least_likeness
        end
),

cases as (
    select * from possible
    union all
    select * from doubtful
),

final as (
    select
        cases.case_type,
        cases.record_key,
        cases.other_record_key,
        records.customer_name,
        others.customer_name as other_customer_name,
        records.country_code,
        others.country_code as other_country_code,
        cases.decided_by,
        cases.score,
        cases.agreement,
        cases.why_not,
        records.source_instance,
        records.source_customer_id,
        others.source_instance as other_instance,
        others.source_customer_id as other_customer_id,
        records.load_id,
        records.recorded_at
    from cases
    inner join records on cases.record_key = records.record_key
    inner join records as others on cases.other_record_key = others.record_key
)

select * from final
