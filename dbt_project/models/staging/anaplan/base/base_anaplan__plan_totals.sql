-- Grain: one row per version, entity, month and currency that the model sums, with the reason to reject it if there is one.
-- Sums of revenue and cost alike with the model's sign (both positive): control totals, no profit.
with

source as (
    {{ current_rows(source('landed_anaplan', 'plan_totals'), ['Version', 'Entity', 'Time', 'Currency']) }}
),

versions as (
    select * from {{ ref('stg_anaplan__versions') }}
),

labels as (
    select * from {{ ref('stg_anaplan__list_labels') }}
),

looked_up as (
    select
        source.*,
        {{ row_as_json('source') }} as payload,
        {{ month_label('source.Time') }} as period_start_date,
        versions.version_name,
        versions.scenario_name,
        versions.is_actual,
        coalesce(entities.member_code, {{ text('source.Entity') }}) as entity_code,
        coalesce(entities.is_total, false) as is_total
    from source
    left join versions
        on source.source_instance = versions.source_instance and trim(source.Version) = versions.version_name
    left join labels as entities
        on
            source.source_instance = entities.source_instance
            and entities.list_name = 'Entities'
            and trim(source.Entity) = entities.printed_label
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Version', 'Entity', 'Time', 'Currency']) }} as source_key,
        scenario_name,
        version_name,
        entity_code as source_entity_id,
        period_start_date,
        {{ normalise_code('Currency') }} as transaction_currency,
        {{ whole_number('"Line Count"') }} as line_count,
        {{ amount('Amount') }} as amount_source,
        {{ rejection_reason(planned_version_checks() + [
            required('Entity'),
            rejected_when('period_start_date is null', "'Time is not a month: ' || coalesce(Time, '')"),
            required('Currency'),
            required('"Line Count"', whole_number('"Line Count"')),
            required('Amount', amount('Amount')),
            rejected_when('is_total', "'a total of other members: ' || Entity"),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from looked_up
)

select * from final
