-- Grain: one row per main account of a chart that can be posted to; totals and headings are no accounts. Several legal
-- entities may post to one chart. The type says whether a balance carries over the year end.
with

accounts as (
    select * from {{ ref('stg_d365_finance__main_accounts') }}
    where account_type not in ('Total', 'Reporting')
),

final as (
    select
        chart_code,
        account_number as source_account_id,
        account_name,
        account_type in ('BalanceSheet', 'Asset', 'Liability', 'Equity') as is_balance_sheet,
        account_type as source_account_type,
        source_instance,
        load_id,
        recorded_at
    from accounts
)

select * from final
