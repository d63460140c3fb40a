-- Grain: one row per account that can hold money, and where the extract's equity contains the result of the year, the
-- account RESULT IN EQUITY that takes it out again. Statistical accounts and untyped totals are no accounts of the ledger.
with

account_signs as (
    select * from {{ ref('stg_trial_balance_files__account_signs') }}
    where account_class is not null and not is_statistical
),

conventions as (
    select * from {{ ref('stg_trial_balance_files__conventions') }}
),

accounts_of_files as (
    select
        conventions.chart_code,
        account_signs.source_account_id,
        account_signs.account_name,
        account_signs.is_balance_sheet,
        account_signs.account_type as source_account_type,
        account_signs.source_instance,
        account_signs.load_id,
        account_signs.recorded_at
    from account_signs
    inner join conventions on account_signs.source_instance = conventions.source_instance
),

result_accounts as (
    select
        chart_code,
        {{ result_in_equity_account() }} as source_account_id,
        'Result of the year inside reported equity' as account_name,
        true as is_balance_sheet,
        'equity' as source_account_type,
        source_instance,
        load_id,
        recorded_at
    from conventions
    where is_result_in_equity
),

final as (
    select * from accounts_of_files
    union all
    select * from result_accounts
)

select * from final
