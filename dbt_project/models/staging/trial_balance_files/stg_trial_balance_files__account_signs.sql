-- Grain: one row per account of a chart: on which side of the ledger a positive amount of it stands.
-- ledger_sign turns the file's amount into debit > 0. In a tree with operators it is the product of the signs on the way
-- up, times the side of the account at the top: more net income is a credit, more of a balance sheet's assets a debit.
-- Without operators the account's class decides. An account that the tree does not roll up (~) is statistical.
with recursive

accounts as (
    select * from {{ ref('stg_trial_balance_files__accounts') }}
),

climbs as (
    select
        source_instance,
        account_key,
        account_key as at_account_key,
        parent_account_key as next_account_key,
        1 as sign,
        0 as steps
    from accounts
    union all
    select
        climbs.source_instance,
        climbs.account_key,
        parents.account_key as at_account_key,
        parents.parent_account_key as next_account_key,
        climbs.sign * case children.operator when '-' then -1 when '~' then 0 else 1 end as sign,
        climbs.steps + 1 as steps
    from climbs
    inner join accounts as children
        on
            climbs.source_instance = children.source_instance
            and climbs.at_account_key = children.account_key
    inner join accounts as parents
        on
            climbs.source_instance = parents.source_instance
            and climbs.next_account_key = parents.account_key
    -- No chart is deeper; a circle never gets to a top, and its accounts get no sign.
    where climbs.steps < 30
),

tops as (
    select
        climbs.source_instance,
        climbs.account_key,
        climbs.sign,
        accounts.account_class as top_class
    from climbs
    inner join accounts
        on
            climbs.source_instance = accounts.source_instance
            and climbs.at_account_key = accounts.account_key
    where climbs.next_account_key is null
),

charts as (
    select
        source_instance,
        max(operator) is not null as has_operators
    from accounts
    group by source_instance
),

final as (
    select
        accounts.source_instance,
        accounts.load_id,
        accounts.recorded_at,
        accounts.account_key,
        accounts.source_account_id,
        accounts.account_name,
        accounts.account_type,
        accounts.account_class,
        accounts.account_class in ('asset', 'liability', 'equity') as is_balance_sheet,
        coalesce(accounts.account_class = 'statistical', false) or coalesce(tops.sign = 0, false) as is_statistical,
        case
            when not charts.has_operators
                then case when accounts.account_class in ('asset', 'expense') then 1 else -1 end
            else tops.sign * case when tops.top_class in ('liability', 'equity', 'income') then -1 else 1 end
        end as ledger_sign
    from accounts
    inner join charts on accounts.source_instance = charts.source_instance
    left join tops
        on
            accounts.source_instance = tops.source_instance
            and accounts.account_key = tops.account_key
)

select * from final
