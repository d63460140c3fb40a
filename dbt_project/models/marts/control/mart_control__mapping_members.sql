-- Grain: one row per mapping and member that something leads to already or that a source has: what a new row may lead to
-- where the company keeps no list of its own. Group accounts and product families are such lists and not here.
with

entities as (select * from {{ ref('dim_entities') }}),

entity_crosswalk as (select * from {{ ref('entity_crosswalk') }}),

cost_centres as (select * from {{ ref('dim_cost_centres') }}),

customer_crosswalk as (select * from {{ ref('customer_crosswalk') }}),

customers as (select * from {{ ref('dim_customers') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

members as (
    select
        'entities' as mapping_name,
        entity_code as member_code
    from entities
    union all
    select
        'territories' as mapping_name,
        source_entity_id as member_code
    from entity_crosswalk
    union all
    select
        'cost_centres' as mapping_name,
        group_cost_centre_code as member_code
    from cost_centres
    where is_mapped
    union all
    select
        'customers' as mapping_name,
        {{ normalise_code('source_customer_id') }} as member_code
    from customer_crosswalk
    where source_role = 'erp'
    union all
    select
        'customers' as mapping_name,
        customer_key as member_code
    from customers
    union all
    select
        'bank_accounts' as mapping_name,
        source_account_id as member_code
    from accounts
    where is_known
),

final as (
    select distinct
        mapping_name,
        member_code
    from members
    where member_code is not null
)

select * from final
