-- Grain: one row per gap in a mapping, key that closes it and member that it may belong to, the three likeliest: those
-- whose names, or whose numbers in the same chart, are most alike; of a territory, those its deals were booked in. An
-- account in debit is no income and one in credit no expense, and what is open is not in a stage of closed deals. Nothing
-- uses a suggestion; somebody proposes it and somebody else approves.
with

gap_keys as (select * from {{ ref('mart_control__mapping_gap_keys') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

products as (select * from {{ ref('dim_products') }}),

stages as (select * from {{ ref('map_stages') }}),

cost_centres as (select * from {{ ref('dim_cost_centres') }}),

territories as (select * from {{ ref('dim_territories') }}),

territory_mappings as (select * from {{ ref('map_territories') }}),

opportunities as (select * from {{ ref('fct_opportunities') }}),

gaps as (
    select
        *,
        split_part(mapping_key, '|', 2) as record_type,
        split_part(mapping_key, '|', 3) as stage_name
    from gap_keys
),

posted_on as (
    select
        source_instance,
        chart_code,
        source_account_id,
        sum(amount_debit_local + amount_credit_local) as amount
    from trial_balances
    group by source_instance, chart_code, source_account_id
),

account_candidates as (
    select
        gaps.exception_type,
        gaps.natural_key,
        gaps.mapping_key,
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
    left join posted_on
        on
            unmapped.source_instance = posted_on.source_instance
            and unmapped.chart_code = posted_on.chart_code
            and unmapped.source_account_id = posted_on.source_account_id
    where
        gaps.exception_type = 'unmapped_account'
        and candidates.account_class is distinct from case
            when unmapped.is_balance_sheet then null
            when posted_on.amount > 0 then 'income'
            when posted_on.amount < 0 then 'expense'
        end
),

product_candidates as (
    select
        gaps.exception_type,
        gaps.natural_key,
        gaps.mapping_key,
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

open_stages as (
    select distinct {{ natural_key(['source_instance', "coalesce(record_type, '*')", 'stage_name']) }} as mapping_key
    from opportunities
    where not is_closed and not is_deleted
),

stage_candidates as (
    select
        gaps.exception_type,
        gaps.natural_key,
        gaps.mapping_key,
        stages.forecast_category as member_code,
        stages.stage_key as like_name,
        0.8 * {{ text_similarity('gaps.stage_name', 'stages.stage_key') }}
        + case when {{ normalise_code('gaps.record_type') }} = stages.record_type_key then 0.2 else 0 end as likeness
    from gaps
    inner join stages on gaps.source_instance = stages.source_instance
    left join open_stages on gaps.mapping_key = open_stages.mapping_key
    where
        gaps.exception_type = 'unmapped_stage'
        and {{ is_valid_on(as_of_date(), 'stages') }}
        and (open_stages.mapping_key is null or stages.forecast_category not in ('closed', 'omitted'))
),

-- A cost centre is most like one of the same entity.
cost_centre_candidates as (
    select
        gaps.exception_type,
        gaps.natural_key,
        gaps.mapping_key,
        candidates.group_cost_centre_code as member_code,
        candidates.cost_centre_name as like_name,
        0.8 * {{ text_similarity('unmapped.cost_centre_name', 'candidates.cost_centre_name') }}
        + 0.2 * case when unmapped.entity_code = candidates.entity_code then 1 else 0 end as likeness
    from gaps
    inner join cost_centres as unmapped
        on gaps.natural_key = {{ natural_key(['unmapped.source_instance', 'unmapped.source_cost_centre_id']) }}
    inner join cost_centres as candidates on candidates.is_mapped
    where gaps.exception_type = 'unmapped_cost_centre'
),

-- The share of a territory's deals that name the entity themselves, and territories of a like name elsewhere.
territory_candidates as (
    select
        gaps.exception_type,
        gaps.natural_key,
        gaps.mapping_key,
        opportunities.source_entity_id as member_code,
        max(opportunities.entity_code) as like_name,
        count(*) / sum(count(*)) over (partition by gaps.natural_key) as likeness
    from gaps
    inner join opportunities
        on
            gaps.natural_key
            = {{ natural_key(['opportunities.source_instance', 'opportunities.source_territory_id']) }}
    where
        gaps.exception_type = 'unmapped_territory'
        and opportunities.source_entity_id is not null
        and not opportunities.is_deleted
    group by gaps.exception_type, gaps.natural_key, gaps.mapping_key, opportunities.source_entity_id
    union all
    select
        gaps.exception_type,
        gaps.natural_key,
        gaps.mapping_key,
        territory_mappings.source_entity_id as member_code,
        candidates.territory_name as like_name,
        0.5 * {{ text_similarity('unmapped.territory_name', 'candidates.territory_name') }} as likeness
    from gaps
    inner join territories as unmapped
        on gaps.natural_key = {{ natural_key(['unmapped.source_instance', 'unmapped.source_territory_id']) }}
    inner join territories as candidates on unmapped.source_instance = candidates.source_instance
    inner join territory_mappings
        on
            candidates.source_instance = territory_mappings.source_instance
            and candidates.source_territory_id = territory_mappings.source_territory_id
            and {{ is_valid_on(as_of_date(), 'territory_mappings') }}
    where gaps.exception_type = 'unmapped_territory'
),

candidates as (
    select * from account_candidates
    union all
    select * from product_candidates
    union all
    select * from stage_candidates
    union all
    select * from cost_centre_candidates
    union all
    select * from territory_candidates
),

members as (
    select
        exception_type,
        natural_key,
        mapping_key,
        member_code,
        max_by(like_name, likeness) as like_name,
        cast(max(likeness) as decimal(5, 4)) as likeness
    from candidates
    group by exception_type, natural_key, mapping_key, member_code
),

ranked as (
    select
        *,
        row_number() over (
            partition by exception_type, mapping_key
            order by likeness desc, member_code asc
        ) as suggestion_rank
    from members
),

final as (
    select
        exception_type,
        natural_key,
        mapping_key,
        suggestion_rank,
        member_code,
        like_name,
        likeness
    from ranked
    where suggestion_rank <= 3
)

select * from final
