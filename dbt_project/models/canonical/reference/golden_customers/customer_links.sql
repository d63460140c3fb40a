-- Grain: one row per open customer record, customer it may be and rule: evidence below mappings and tax ids, strongest
-- first: lei (the same legal entity identifier), domain (a domain that names one customer), name_address (the model's
-- score). is_sure: enough to decide by itself. Domain and score are only where the names are one name but for its
-- spelling: "Nord Services" has address and domain of "Nord", and is another company. Nor are they where evidence as
-- strong leads elsewhere. What is less than sure is a case for a person. Of two open records each has a row for the
-- other. other_record_key stands for the customer: its best agreeing record.
{% set same_name = "'same', 'one_letter', 'joined', 'abbreviated'" %}
with

records as (
    select * from {{ ref('customer_match_records') }}
),

domains as (
    select * from {{ ref('customer_domains') }}
    where is_identifying
),

separations as (
    select * from {{ ref('customer_unit_separations') }}
),

scores as (
    select * from {{ ref('customer_match_scores') }}
),

thresholds as (
    select
        max(case when decision = 'join' then minimum_score end) as minimum_to_join,
        max(case when decision = 'review' then minimum_score end) as minimum_to_review
    from {{ ref('customer_match_thresholds') }}
),

-- Each pair from both ends.
scored as (
    select
        record_key,
        other_record_key,
        score,
        coalesce(name_agreement in ({{ same_name }}), false) as is_same_name,
        agreement
    from scores

    union all

    select
        other_record_key as record_key,
        record_key as other_record_key,
        score,
        coalesce(name_agreement in ({{ same_name }}), false) as is_same_name,
        agreement
    from scores
),

pairs as (
    select
        records.record_key,
        others.record_key as other_record_key,
        1 as rule_rank,
        'lei' as decided_by,
        cast(1 as {{ type_score() }}) as score,
        true as is_same_name,
        'the legal entity identifier' as agreement
    from records
    inner join records as others on records.lei = others.lei

    union all

    select
        records.record_key,
        others.record_key as other_record_key,
        2 as rule_rank,
        'domain' as decided_by,
        cast(1 as {{ type_score() }}) as score,
        scored.is_same_name,
        scored.agreement
    from scored
    inner join records on scored.record_key = records.record_key
    inner join records as others on scored.other_record_key = others.record_key and records.domain = others.domain
    inner join domains on records.domain = domains.domain

    union all

    select
        record_key,
        other_record_key,
        3 as rule_rank,
        'name_address' as decided_by,
        score,
        is_same_name,
        agreement
    from scored
),

links as (
    select
        pairs.*,
        records.unit_key,
        others.unit_key as other_unit_key,
        others.is_open as is_other_open,
        pairs.rule_rank < 3 or pairs.score >= thresholds.minimum_to_join as is_strong,
        row_number() over (
            partition by pairs.record_key, others.unit_key, pairs.rule_rank
            order by pairs.score desc, others.role_rank asc, others.record_key asc
        ) as place,
        records.source_instance,
        records.load_id,
        records.recorded_at
    from pairs
    cross join thresholds
    inner join records on pairs.record_key = records.record_key
    inner join records as others on pairs.other_record_key = others.record_key
    left join separations
        on
            records.unit_key = separations.unit_key
            and others.unit_key = separations.other_unit_key
    where
        records.is_open
        and records.unit_key <> others.unit_key
        and separations.unit_key is null
        and pairs.score >= thresholds.minimum_to_review
),

weighed as (
    select
        *,
        -- The best that speaks for a customer with another name, by the same rule.
        max(case when is_strong and not is_same_name then score end)
            over (partition by record_key, rule_rank) as other_name_score
    from links
    where place = 1
),

final as (
    select
        record_key,
        other_record_key,
        unit_key,
        other_unit_key,
        is_other_open,
        rule_rank,
        decided_by,
        score,
        agreement,
        is_strong and is_same_name and (rule_rank = 1 or score > coalesce(other_name_score, 0)) as is_sure,
        source_instance,
        load_id,
        recorded_at
    from weighed
)

select * from final
