-- Grain: one row per gap in a mapping and member that it may belong to, the three likeliest: those whose names, or whose
-- numbers in the same chart, are most alike. Nothing uses a suggestion; somebody proposes it and somebody else approves.
with

mapping_gaps as (select * from {{ ref('fct_mapping_gaps') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

products as (select * from {{ ref('dim_products') }}),

stages as (select * from {{ ref('map_stages') }}),

gaps as (
    select distinct
        exception_type,
        natural_key,
        source_instance
    from mapping_gaps
    where exception_type in ('unmapped_account', 'unmapped_product', 'unmapped_stage')
),

account_candidates as (
    select
        gaps.exception_type,
        gaps.natural_key,
        candidates.group_account_code as member_code,
        candidates.account_name as like_name,
        0.7 * {{ text_similarity('unmapped.account_name', 'candidates.account_name') }}
        + 0.3 * case
            when
                unmapped.source_instance = candidates.source_instance
                and unmapped.chart_code = candidates.chart_code
                then {{ text_similarity('unmapped.source_account_id', 'candidates.source_account_id') }}
            else 0
        end as likeness
    from gaps
    inner join accounts as unmapped
        on
            gaps.natural_key
            = {{ natural_key(['unmapped.source_instance', 'unmapped.chart_code', 'unmapped.source_account_id']) }}
    inner join accounts as candidates
        on unmapped.is_balance_sheet = candidates.is_balance_sheet and candidates.is_mapped
    where gaps.exception_type = 'unmapped_account'
),

product_candidates as (
    select
        gaps.exception_type,
        gaps.natural_key,
        candidates.product_family_code as member_code,
        candidates.product_name as like_name,
        0.7 * {{ text_similarity('unmapped.product_name', 'candidates.product_name') }}
        + 0.3 * {{ text_similarity('unmapped.product_code', 'candidates.product_code') }} as likeness
    from gaps
    inner join products as unmapped
        on
            gaps.natural_key = {{ natural_key([
                'unmapped.source_instance', 'coalesce(unmapped.product_code, unmapped.source_product_id)'
            ]) }}
    inner join products as candidates on candidates.is_mapped
    where gaps.exception_type = 'unmapped_product'
),

stage_candidates as (
    select
        gaps.exception_type,
        gaps.natural_key,
        stages.forecast_category as member_code,
        stages.stage_key as like_name,
        {{ text_similarity("split_part(gaps.natural_key, '|', 2)", 'stages.stage_key') }} as likeness
    from gaps
    inner join stages on gaps.source_instance = stages.source_instance
    where gaps.exception_type = 'unmapped_stage' and {{ is_valid_on(as_of_date(), 'stages') }}
),

candidates as (
    select * from account_candidates
    union all
    select * from product_candidates
    union all
    select * from stage_candidates
),

members as (
    select
        exception_type,
        natural_key,
        member_code,
        max_by(like_name, likeness) as like_name,
        cast(max(likeness) as decimal(5, 4)) as likeness
    from candidates
    group by exception_type, natural_key, member_code
),

ranked as (
    select
        *,
        row_number() over (
            partition by exception_type, natural_key
            order by likeness desc, member_code asc
        ) as suggestion_rank
    from members
),

final as (
    select
        exception_type,
        natural_key,
        suggestion_rank,
        member_code,
        like_name,
        likeness
    from ranked
    where suggestion_rank <= 3
)

select * from final
