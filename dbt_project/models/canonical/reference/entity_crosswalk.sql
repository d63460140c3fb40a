-- Grain: one row per instance and entity id that any record carries.
-- decided_by: mapped (the company's mapping), own (the ERP that keeps its books calls it so), same_code (another system
-- uses that code), unknown (nobody knows it; the code stays as it is written and the facts visible under it).
with

owned_entities as (
    select * from {{ ref('all_entities') }}
),

entity_mappings as (
    select * from {{ ref('map_entities') }}
),

used_ids as (
    {%- for relation in [
        ref('all_entities'),
        ref('all_cost_centres'),
        ref('all_journal_lines'),
        ref('all_trial_balances'),
        ref('all_control_totals'),
        ref('all_subledger_items'),
        ref('all_sales_order_lines'),
        ref('all_billing_invoices'),
        ref('all_subscriptions'),
        ref('all_usage'),
        ref('all_opportunities'),
        ref('all_plan_lines'),
        ref('map_territories'),
    ] %}
    select
        source_instance,
        source_entity_id
    from {{ relation }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

decided as (
    select
        used_ids.source_instance,
        used_ids.source_entity_id,
        coalesce(entity_mappings.entity_code, used_ids.source_entity_id) as entity_code,
        case
            when entity_mappings.entity_code is not null then 'mapped'
            when owned_entities.source_entity_id is not null then 'own'
        end as decided_by
    from used_ids
    left join entity_mappings
        on
            used_ids.source_instance = entity_mappings.source_instance
            and used_ids.source_entity_id = entity_mappings.source_entity_id
            and {{ is_valid_on(as_of_date(), 'entity_mappings') }}
    left join owned_entities
        on
            used_ids.source_instance = owned_entities.source_instance
            and used_ids.source_entity_id = owned_entities.source_entity_id
    where used_ids.source_entity_id is not null
),

owned_codes as (
    select distinct decided.entity_code
    from decided
    inner join owned_entities
        on
            decided.source_instance = owned_entities.source_instance
            and decided.source_entity_id = owned_entities.source_entity_id
),

final as (
    select
        decided.source_instance,
        decided.source_entity_id,
        {{ surrogate_key(['decided.entity_code']) }} as entity_id,
        decided.entity_code,
        case
            when owned_codes.entity_code is null then 'unknown'
            else coalesce(decided.decided_by, 'same_code')
        end as decided_by
    from decided
    left join owned_codes on decided.entity_code = owned_codes.entity_code
)

select * from final
