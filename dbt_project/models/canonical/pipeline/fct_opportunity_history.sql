-- Grain: one row per opportunity and span of days (half-open): stage, amount, close date and governed forecast category
-- at the end of each of its days, UTC. The pipeline of a past day is every row that is valid on it.
-- A span ends where the state or the mapping of its stage changes, so the category is the one that was valid on the day.
-- A stage nobody had mapped has no category and stays visible.
with

states as (
    select
        *,
        {{ normalise_code('record_type') }} as record_type_key,
        {{ normalise_code('stage_name') }} as stage_key
    from {{ ref('opportunity_states') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

stage_mappings as (
    select * from {{ ref('map_stages') }}
),

mapping_changes as (
    select
        source_instance,
        record_type_key,
        stage_key,
        valid_from as changed_date
    from stage_mappings
    union
    select
        source_instance,
        record_type_key,
        stage_key,
        valid_to as changed_date
    from stage_mappings
),

span_starts as (
    select
        source_instance,
        source_opportunity_id,
        valid_from_date as state_start_date,
        valid_from_date
    from states
    union
    select
        states.source_instance,
        states.source_opportunity_id,
        states.valid_from_date as state_start_date,
        mapping_changes.changed_date as valid_from_date
    from states
    inner join mapping_changes
        on
            states.source_instance = mapping_changes.source_instance
            and states.stage_key = mapping_changes.stage_key
            and (
                states.record_type_key = mapping_changes.record_type_key
                or mapping_changes.record_type_key = '*'
            )
            and states.valid_from_date < mapping_changes.changed_date
            and states.valid_to_date > mapping_changes.changed_date
),

spans as (
    select
        states.*,
        span_starts.valid_from_date as span_start_date,
        coalesce(
            lead(span_starts.valid_from_date) over (
                partition by states.source_instance, states.source_opportunity_id, states.valid_from_date
                order by span_starts.valid_from_date
            ), states.valid_to_date
        ) as span_end_date
    from states
    inner join span_starts
        on
            states.source_instance = span_starts.source_instance
            and states.source_opportunity_id = span_starts.source_opportunity_id
            and states.valid_from_date = span_starts.state_start_date
),

final as (
    select
        {{ surrogate_key(['spans.source_instance', 'spans.source_opportunity_id', 'spans.span_start_date']) }}
            as opportunity_history_id,
        opportunities.opportunity_id,
        spans.source_opportunity_id,
        opportunities.opportunity_number,
        spans.span_start_date as valid_from_date,
        spans.span_end_date as valid_to_date,
        opportunities.entity_id,
        opportunities.entity_code,
        opportunities.customer_id,
        spans.record_type,
        spans.stage_name,
        coalesce(own_stages.stage_key, general_stages.stage_key) is not null as is_stage_mapped,
        coalesce(own_stages.forecast_category, general_stages.forecast_category) as forecast_category,
        case
            when own_stages.stage_key is not null then own_stages.probability
            else general_stages.probability
        end as forecast_probability,
        spans.amount_transaction,
        spans.transaction_currency,
        spans.close_date,
        spans.source_instance,
        spans.load_id,
        spans.recorded_at
    from spans
    left join opportunities
        on
            spans.source_instance = opportunities.source_instance
            and spans.source_opportunity_id = opportunities.source_opportunity_id
    left join stage_mappings as own_stages
        on
            spans.source_instance = own_stages.source_instance
            and spans.record_type_key = own_stages.record_type_key
            and spans.stage_key = own_stages.stage_key
            and {{ is_valid_on('spans.span_start_date', 'own_stages') }}
    left join stage_mappings as general_stages
        on
            spans.source_instance = general_stages.source_instance
            and spans.stage_key = general_stages.stage_key
            and general_stages.record_type_key = '*'
            and {{ is_valid_on('spans.span_start_date', 'general_stages') }}
)

select * from final
