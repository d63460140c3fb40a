-- Grain: one row per opportunity whose history has a gap: a change does not begin with what the one before it ended
-- with, or the last one ended with another stage, amount or close date than the opportunity has.
-- The traps: a CRM forgets old changes, so the first one may begin with anything, and a field without changes says
-- nothing. Changes of one moment have no order: any of them may follow any of the moment before. A change that is newer
-- than the opportunity as it was read belongs to the next night.
with

opportunities as (
    select * from {{ ref('fct_opportunities') }}
    where not is_deleted
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

gaps as (
    select
        source_instance,
        source_opportunity_id,
        string_agg(distinct replace(field_name, '_', ' '), ', ' order by replace(field_name, '_', ' ')) as fields
    from followed
    where not list_has_any(new_values, next_old_values)
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
