-- Grain: one row per account of a company that is posted to; headings and totals are no accounts. The category says
-- whether a balance carries over the year end.
with

accounts as (
    select * from {{ ref('stg_business_central__accounts') }}
    where account_type = 'Posting'
),

companies as (
    select * from {{ ref('int_business_central__companies') }}
),

final as (
    select
        companies.source_entity_id as chart_code,
        accounts.account_number as source_account_id,
        accounts.account_name,
        accounts.account_category in ('Assets', 'Liabilities', 'Equity') as is_balance_sheet,
        accounts.account_category as source_account_type,
        accounts.source_instance,
        accounts.load_id,
        accounts.recorded_at
    from accounts
    inner join companies
        on
            accounts.source_instance = companies.source_instance
            and accounts.company_id = companies.company_id
)

select * from final
