-- Grain: one row per opportunity whose history has a gap: a change does not begin with what the one before it ended
-- with, the last one ended with another stage, amount or close date than the opportunity has, or it was never created.
-- The traps: a CRM forgets old changes, so the first one may begin with anything, a field without changes says nothing,
-- and what is older than the oldest creation that it remembers needs none. Changes of one moment have no order: any of
-- them may follow any of the moment before. A change that is newer than the opportunity as it was read belongs to the
-- next night.
with

opportunities as (
    select * from {{ ref('fct_opportunities') }}
    where not is_deleted
),

all_changes as (select * from {{ ref('all_opportunity_changes') }}),

changes as (
    select * from all_changes
    where field_name in ('stage_name', 'amount', 'close_date')
),

creations as (
    select * from all_changes
    where field_name = 'created'
),

memories as (
    select
        source_instance,
        min(changed_at) as remembered_since
    from creations
    group by source_instance
),

current_values as (
    {%- for field_name, column in [
        ('stage_name', 'stage_name'), ('amount', 'amount_transaction'), ('close_date', 'close_date')
    ] %}
    select
        source_instance,
        source_opportunity_id,
        '{{ field_name }}' as field_name,
        modified_at,
        coalesce(cast({{ column }} as varchar), '') as current_value
    from opportunities
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

moments as (
    select
        changes.source_instance,
        changes.source_opportunity_id,
        changes.field_name,
        changes.changed_at,
        list(coalesce(changes.old_value, '')) as old_values,
        list(coalesce(changes.new_value, '')) as new_values,
        max(current_values.current_value) as current_value
    from changes
    inner join current_values
        on
            changes.source_instance = current_values.source_instance
            and changes.source_opportunity_id = current_values.source_opportunity_id
            and changes.field_name = current_values.field_name
    where current_values.modified_at is null or changes.changed_at <= current_values.modified_at
    group by changes.source_instance, changes.source_opportunity_id, changes.field_name, changes.changed_at
),

followed as (
    select
        *,
        coalesce(
            lead(old_values) over (
                partition by source_instance, source_opportunity_id, field_name
                order by changed_at
            ), [current_value]
        ) as next_old_values
    from moments
),

broken_fields as (
    select
        source_instance,
        source_opportunity_id,
        replace(field_name, '_', ' ') as field
    from followed
    where not list_has_any(new_values, next_old_values)

    union

    select
        opportunities.source_instance,
        opportunities.source_opportunity_id,
        'creation' as field
    from opportunities
    inner join memories on opportunities.source_instance = memories.source_instance
    left join creations
        on
            opportunities.source_instance = creations.source_instance
            and opportunities.source_opportunity_id = creations.source_opportunity_id
    where opportunities.created_at >= memories.remembered_since and creations.source_opportunity_id is null
),

gaps as (
    select
        source_instance,
        source_opportunity_id,
        string_agg(field, ', ' order by field) as fields
    from broken_fields
    group by source_instance, source_opportunity_id
),

final as (
    select
        'opportunity_history' as contradiction,
        opportunities.source_instance,
        opportunities.source_opportunity_id as document,
        coalesce(opportunities.opportunity_number, opportunities.source_opportunity_id) as title,
        opportunities.entity_code,
        opportunities.close_date as document_date,
        opportunities.amount_transaction as amount_difference,
        opportunities.transaction_currency as currency_code,
        'has a gap in the history of its ' || gaps.fields as what,
        opportunities.load_id
    from gaps
    inner join opportunities
        on
            gaps.source_instance = opportunities.source_instance
            and gaps.source_opportunity_id = opportunities.source_opportunity_id
)

select * from final
