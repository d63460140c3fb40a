-- Grain: one row per gap in the master data and mappings: what has money on it and no place to go.
with

gaps as (
    select * from {{ ref('gap_unmapped_accounts') }}
    union all
    select * from {{ ref('gap_unmapped_products') }}
    union all
    select * from {{ ref('gap_unmapped_stages') }}
    union all
    select * from {{ ref('gap_unmapped_territories') }}
    union all
    select * from {{ ref('gap_unmapped_cost_centres') }}
    union all
    select * from {{ ref('gap_unplaced_adjustments') }}
    union all
    select * from {{ ref('gap_missing_fx_rates') }}
    union all
    select * from {{ ref('gap_closed_cost_centres') }}
    union all
    select * from {{ ref('gap_customer_hierarchies') }}
    union all
    select * from {{ ref('gap_customer_hierarchy_cycles') }}
    union all
    select * from {{ ref('gap_customer_match_cases') }}
    union all
    select * from {{ ref('gap_unmapped_bank_accounts') }}
    union all
    select * from {{ ref('gap_missing_bank_statements') }}
    union all
    select * from {{ ref('gap_unknown_members') }}
    union all
    select * from {{ ref('gap_rewritten_mappings') }}
),

final as (
    select
        exception_type,
        natural_key,
        entity_code,
        period_month,
        amount_transaction,
        transaction_currency,
        subject,
        source_instance,
        load_id
    from gaps
)

select * from final
