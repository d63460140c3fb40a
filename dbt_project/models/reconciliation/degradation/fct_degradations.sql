-- Grain: one row per consumer and instance that it reads: how old the data are, how old they may be on this day, and what
-- the night does about it. The publication obeys consumer_action.
-- The close is the business days around a month end, by the deadlines and the calendar of the group and of each entity:
-- as long as one of them is closing, it is the close for all, for the group is not closed before its last entity is.
with

consumer_sources as (select * from {{ source('control', 'consumer_sources') }}),

default_contracts as (select * from {{ ref('degradation_contracts') }}),

company_contracts as (select * from {{ ref('dim_degradation_contracts') }}),

entities as (select * from {{ ref('dim_entities') }}),

close_deadlines as (select * from {{ ref('close_deadlines') }}),

business_days as (select * from {{ ref('dim_business_days') }}),

closing_entities as (
    select
        entity_code,
        country_code
    from entities
    union all
    select
        '*' as entity_code,
        '*' as country_code
),

deadlines as (
    select
        coalesce(today.country_code, '*') as country_code,
        coalesce(of_the_entity.close_business_day, for_all_entities.close_business_day) as close_business_day,
        coalesce(of_the_entity.opens_business_days, for_all_entities.opens_business_days) as opens_business_days
    from closing_entities
    left join business_days as today
        on closing_entities.country_code = today.country_code and today.calendar_date = {{ as_of_date() }}
    left join close_deadlines as of_the_entity on closing_entities.entity_code = of_the_entity.entity_code
    left join close_deadlines as for_all_entities on for_all_entities.entity_code = '*'
),

phases as (
    select
        case
            when count(case
                when
                    today.business_day_of_month <= deadlines.close_business_day
                    or month_end.business_day_number - today.business_day_number < deadlines.opens_business_days
                    then 1
            end) > 0 then 'close'
            else 'normal'
        end as phase
    from deadlines
    inner join business_days as today
        on deadlines.country_code = today.country_code and today.calendar_date = {{ as_of_date() }}
    inner join business_days as month_end
        on
            deadlines.country_code = month_end.country_code
            and month_end.calendar_date = last_day({{ as_of_date() }})
),

contracts as (
    select
        consumer,
        source,
        phase,
        max_age_days,
        action,
        reason,
        'company' as agreed_by
    from company_contracts

    union all

    select
        consumer,
        source,
        phase,
        max_age_days,
        action,
        reason,
        'platform' as agreed_by
    from default_contracts
),

ranked as (
    select
        consumer_sources.*,
        phases.phase,
        contracts.max_age_days,
        contracts.action as agreed_action,
        contracts.agreed_by,
        contracts.reason as agreement_reason,
        row_number() over (
            partition by consumer_sources.consumer, consumer_sources.source_instance
            order by
                case contracts.agreed_by when 'company' then 1 else 2 end,
                case contracts.consumer
                    when consumer_sources.consumer then 1 when consumer_sources.layer then 2 else 3
                end,
                case contracts.source
                    when consumer_sources.source_instance then 1
                    when consumer_sources.system then 2
                    when consumer_sources.source_kind then 3
                    else 4
                end,
                case contracts.phase when '*' then 2 else 1 end
        ) as place
    from consumer_sources
    cross join phases
    inner join contracts
        on
            (phases.phase = contracts.phase or contracts.phase = '*')
            and {{ contract_concerns('contracts', 'consumer_sources') }}
),

-- What was never loaded is older than anything that was agreed.
judged as (
    select
        *,
        case
            when state = 'current' then 'none'
            when age_days <= max_age_days then 'within'
            else agreed_action
        end as due_action
    from ranked
    where place = 1
),

entities_out as (
    select distinct
        judged.consumer,
        judged.source_instance,
        entities.entity_code
    from judged
    inner join entities on judged.source_instance = entities.source_instance
    where judged.due_action = 'without'
),

-- Nobody is served by a table without rows: where no entity would be left, the consumer is held.
entities_left as (
    select
        consumers.consumer,
        count(case when entities_out.entity_code is null then 1 end) as entity_count
    from (select distinct consumer from judged) as consumers
    cross join entities
    left join entities_out
        on consumers.consumer = entities_out.consumer and entities.entity_code = entities_out.entity_code
    group by consumers.consumer
),

listed_entities_out as (
    select
        consumer,
        source_instance,
        string_agg(entity_code, ', ' order by entity_code) as entity_codes
    from entities_out
    group by consumer, source_instance
),

acted as (
    select
        judged.*,
        case
            when judged.due_action = 'without' and coalesce(entities_left.entity_count, 0) = 0 then 'hold'
            else judged.due_action
        end as action_taken,
        listed_entities_out.entity_codes
    from judged
    left join entities_left on judged.consumer = entities_left.consumer
    left join listed_entities_out
        on
            judged.consumer = listed_entities_out.consumer
            and judged.source_instance = listed_entities_out.source_instance
),

weighed as (
    select
        *,
        max(case action_taken
            when 'hold' then 4 when 'without' then 3 when 'last_good' then 2 when 'within' then 1 else 0
        end) over (partition by consumer) as consumer_weight
    from acted
),

final as (
    select
        consumer,
        layer,
        consumer_owner,
        source_instance,
        system,
        source_kind,
        source_owner,
        phase,
        state,
        {{ days_after(as_of_date(), '-age_days') }} as data_as_of_date,
        age_days,
        max_age_days,
        agreed_action,
        agreed_by,
        agreement_reason,
        action_taken,
        case consumer_weight
            when 4 then 'hold' when 3 then 'without' when 2 then 'last_good' when 1 then 'within' else 'none'
        end as consumer_action,
        case when action_taken = 'without' then entity_codes end as entities_left_out,
        case action_taken
            when 'within'
                then concat_ws(
                    ' ', 'Load', source_instance || '; its last accepted load may be used until',
                    cast({{ days_after(as_of_date(), 'max_age_days - age_days') }} as varchar)
                )
            when 'last_good'
                then concat_ws(
                    ' ', 'Bring', source_instance, 'back and load it; its last accepted load is in use until then'
                )
            when 'hold'
                then concat_ws(
                    ' ', 'Bring', source_instance, 'back and load it;', consumer, 'is released by that load'
                )
            when 'without'
                then concat_ws(
                    ' ', 'Bring', source_instance, 'back and load it; its entities are back in', consumer,
                    'with that load'
                )
        end as next_step
    from weighed
)

select * from final
