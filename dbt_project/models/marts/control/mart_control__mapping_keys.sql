-- Grain: one row per mapping and key that records of a source have, as the mapping and the work queue write it: what can
-- be mapped. A mapping without a row here has no records that name it.
with

accounts as (select * from {{ ref('dim_accounts') }}),

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

products as (select * from {{ ref('dim_products') }}),

opportunities as (select * from {{ ref('fct_opportunities') }}),

customers as (select * from {{ ref('customer_crosswalk') }}),

bank_statements as (select * from {{ ref('fct_bank_statements') }}),

cost_centres as (select * from {{ ref('dim_cost_centres') }}),

territories as (select * from {{ ref('dim_territories') }}),

keys as (
    select
        'accounts' as mapping_name,
        {{ natural_key(['source_instance', 'chart_code', 'source_account_id']) }} as mapping_key,
        account_name as key_name
    from accounts
    where is_known
    union all
    select distinct
        'accounts' as mapping_name,
        {{ natural_key(['source_instance', 'chart_code', 'source_account_id']) }} as mapping_key,
        cast(null as varchar) as key_name
    from trial_balances
    union all
    select
        'product_families' as mapping_name,
        {{ natural_key(['source_instance', 'coalesce(product_code, source_product_id)']) }} as mapping_key,
        product_name as key_name
    from products
    union all
    select distinct
        'stages' as mapping_name,
        {{ natural_key(['source_instance', "coalesce(record_type, '*')", 'stage_name']) }} as mapping_key,
        cast(null as varchar) as key_name
    from opportunities
    union all
    select distinct
        'stages' as mapping_name,
        {{ natural_key(['source_instance', "'*'", 'stage_name']) }} as mapping_key,
        cast(null as varchar) as key_name
    from opportunities
    union all
    select
        'customers' as mapping_name,
        {{ natural_key(['source_instance', 'source_customer_id']) }} as mapping_key,
        customer_name as key_name
    from customers
    union all
    select distinct
        'bank_accounts' as mapping_name,
        {{ natural_key(['source_instance', 'source_bank_account_id']) }} as mapping_key,
        cast(null as varchar) as key_name
    from bank_statements
    union all
    select
        'cost_centres' as mapping_name,
        {{ natural_key(['source_instance', 'source_cost_centre_id']) }} as mapping_key,
        cost_centre_name as key_name
    from cost_centres
    union all
    select
        'territories' as mapping_name,
        {{ natural_key(['source_instance', 'source_territory_id']) }} as mapping_key,
        territory_name as key_name
    from territories
    union all
    select distinct
        'territories' as mapping_name,
        {{ natural_key(['source_instance', 'source_territory_id']) }} as mapping_key,
        cast(null as varchar) as key_name
    from opportunities
    where source_territory_id is not null
),

final as (
    select
        mapping_name,
        mapping_key,
        max(key_name) as key_name
    from keys
    where mapping_key is not null
    group by mapping_name, mapping_key
)

select * from final
