-- Grain: one row per account. One chart serves all subsidiaries; the kind of an account decides whether its balance
-- carries over the year end.
with

accounts as (
    select * from {{ ref('stg_netsuite__accounts') }}
),

account_types as (
    select * from {{ ref('stg_netsuite__account_types') }}
),

final as (
    select
        {{ netsuite_chart() }} as chart_code,
        coalesce(accounts.account_number, accounts.account_id) as source_account_id,
        accounts.account_name,
        account_types.is_balance_sheet,
        accounts.account_type as source_account_type,
        accounts.source_instance,
        accounts.load_id,
        accounts.recorded_at
    from accounts
    left join account_types
        on
            accounts.source_instance = account_types.source_instance
            and accounts.account_type = account_types.account_type
)

select * from final
