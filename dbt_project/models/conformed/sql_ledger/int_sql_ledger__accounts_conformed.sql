-- Grain: one row per account. The company says which types of account carry their balance over the year end.
with

accounts as (
    select * from {{ ref('stg_sql_ledger__accounts') }}
),

conventions as (
    select * from {{ ref('stg_sql_ledger__conventions') }}
),

final as (
    select
        conventions.chart_code,
        accounts.source_account_id,
        accounts.account_name,
        {{ is_listed('accounts.account_type', 'conventions.balance_sheet_types') }} as is_balance_sheet,
        accounts.account_type as source_account_type,
        accounts.source_instance,
        accounts.load_id,
        accounts.recorded_at
    from accounts
    inner join conventions on accounts.source_instance = conventions.source_instance
)

select * from final
