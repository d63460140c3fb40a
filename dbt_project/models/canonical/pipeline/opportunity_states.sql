-- Grain: one row per opportunity and span of days (half-open) on which stage, amount and close date stayed the same, as
-- they stood at the end of the day, UTC. The state before the first recorded change is what that change replaced.
-- A deleted opportunity ends on the day it was deleted.
with

opportunities as (
    select * from {{ ref('all_opportunities') }}
),

changes as (
    select * from {{ ref('all_opportunity_changes') }}
    where field_name in ('stage_name', 'amount', 'close_date')
),

current_values as (
    {%- for field_name, column in [
        ('stage_name', 'stage_name'), ('amount', 'amount_transaction'), ('close_date', 'close_date')
    ] %}
    select
        source_instance,
        source_opportunity_id,
        '{{ field_name }}' as field_name,
        created_at,
        cast({{ column }} as varchar) as field_value,
        load_id,
        recorded_at
    from opportunities
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

numbered_changes as (
    select
        *,
        row_number() over (
            partition by source_instance, source_opportunity_id, field_name
            order by changed_at, source_change_id
        ) as change_number
    from changes
),

first_values as (
    select
        current_values.source_instance,
        current_values.source_opportunity_id,
        current_values.field_name,
        current_values.created_at as changed_at,
        0 as change_number,
        case
            when numbered_changes.change_number is null then current_values.field_value
            else numbered_changes.old_value
        end as field_value,
        current_values.load_id,
        current_values.recorded_at
    from current_values
    left join numbered_changes
        on
            current_values.source_instance = numbered_changes.source_instance
            and current_values.source_opportunity_id = numbered_changes.source_opportunity_id
            and current_values.field_name = numbered_changes.field_name
            and numbered_changes.change_number = 1
),

-- An empty text stands for an empty field, so that null can mean unchanged.
all_values as (
    select
        source_instance,
        source_opportunity_id,
        field_name,
        cast(changed_at as date) as changed_date,
        change_number,
        coalesce(field_value, '') as field_value,
        load_id,
        recorded_at
    from first_values
    union all
    select
        numbered_changes.source_instance,
        numbered_changes.source_opportunity_id,
        numbered_changes.field_name,
        cast(numbered_changes.changed_at as date) as changed_date,
        numbered_changes.change_number,
        coalesce(numbered_changes.new_value, '') as field_value,
        numbered_changes.load_id,
        numbered_changes.recorded_at
    from numbered_changes
),

values_at_day_end as (
    select
        *,
        row_number() over (
            partition by source_instance, source_opportunity_id, field_name, changed_date
            order by change_number desc
        ) as recency
    from all_values
),

changed_days as (
    select
        source_instance,
        source_opportunity_id,
        changed_date,
        max(case when field_name = 'stage_name' then field_value end) as stage_name,
        max(case when field_name = 'amount' then field_value end) as amount,
        max(case when field_name = 'close_date' then field_value end) as close_date,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from values_at_day_end
    where recency = 1
    group by source_instance, source_opportunity_id, changed_date
),

days as (
    select
        source_instance,
        source_opportunity_id,
        changed_date,
        {% for column in ['stage_name', 'amount', 'close_date'] -%}
        {{ last_known(column, ['source_instance', 'source_opportunity_id'], ['changed_date']) }} as {{ column }},
        {% endfor -%}
        load_id,
        recorded_at
    from changed_days
),

compared_days as (
    select
        *,
        lag(natural_state) over (
            partition by source_instance, source_opportunity_id
            order by changed_date
        ) as previous_state
    from (
        select
            *,
            {{ natural_key(['stage_name', 'amount', 'close_date']) }} as natural_state
        from days
    ) as described_days
),

spans as (
    select
        source_instance,
        source_opportunity_id,
        changed_date as valid_from_date,
        coalesce(
            lead(changed_date) over (
                partition by source_instance, source_opportunity_id
                order by changed_date
            ), {{ open_end() }}
        ) as valid_to_date,
        nullif(stage_name, '') as stage_name,
        {{ amount("nullif(amount, '')") }} as amount_transaction,
        {{ iso_date('close_date') }} as close_date,
        load_id,
        recorded_at
    from compared_days
    where natural_state is distinct from previous_state
),

final as (
    select
        spans.source_instance,
        spans.source_opportunity_id,
        opportunities.record_type,
        spans.valid_from_date,
        case
            when opportunities.is_deleted
                then least(
                    spans.valid_to_date,
                    cast(coalesce(opportunities.deleted_at, opportunities.modified_at) as date)
                )
            else spans.valid_to_date
        end as valid_to_date,
        spans.stage_name,
        spans.amount_transaction,
        opportunities.transaction_currency,
        spans.close_date,
        spans.load_id,
        spans.recorded_at
    from spans
    inner join opportunities
        on
            spans.source_instance = opportunities.source_instance
            and spans.source_opportunity_id = opportunities.source_opportunity_id
    where
        not opportunities.is_deleted
        or spans.valid_from_date < cast(coalesce(opportunities.deleted_at, opportunities.modified_at) as date)
)

select * from final
