-- Grain: one row per ledger, entity, fiscal period and account scope (balance sheet, income statement).
-- Files have no totals of their own, so these are taken on what was landed, before anything is rejected: a line that is
-- lost on the way, or rejected, is missing on the other side. An unknown account counts as balance sheet.
with

landed_lines as (
    select
        *,
        coalesce(is_balance_sheet, true) as is_in_balance_sheet,
        fiscal_period > 12 as is_special
    from {{ ref('base_trial_balance_files__balances') }}
    where
        scenario_kind = 'actual'
        and not coalesce(is_statistical, false)
        and source_entity_id is not null
        and period_start_date <= {{ as_of_date() }}
),

conventions as (
    select * from {{ ref('stg_trial_balance_files__conventions') }}
),

account_totals as (
    select
        landed_lines.source_instance,
        conventions.ledger_code,
        landed_lines.source_entity_id,
        landed_lines.local_currency,
        landed_lines.fiscal_year,
        landed_lines.fiscal_period,
        case when landed_lines.is_in_balance_sheet then 'balance_sheet' else 'income_statement' end as account_scope,
        case
            when landed_lines.is_special then 'movement'
            when landed_lines.is_in_balance_sheet and conventions.is_balance_sheet_closing then 'closing'
            when not landed_lines.is_in_balance_sheet and conventions.is_income_statement_closing then 'closing'
            else 'movement'
        end as amount_basis,
        landed_lines.source_account_id,
        count(*) as line_count,
        coalesce(sum(landed_lines.amount_local), 0) as amount_local,
        {{ newest_load_id('landed_lines.load_id', 'landed_lines.recorded_at') }} as load_id,
        max(landed_lines.recorded_at) as recorded_at
    from landed_lines
    inner join conventions on landed_lines.source_instance = conventions.source_instance
    group by
        landed_lines.source_instance,
        conventions.ledger_code,
        landed_lines.source_entity_id,
        landed_lines.local_currency,
        landed_lines.fiscal_year,
        landed_lines.fiscal_period,
        landed_lines.is_special,
        landed_lines.is_in_balance_sheet,
        conventions.is_balance_sheet_closing,
        conventions.is_income_statement_closing,
        landed_lines.source_account_id
),

final as (
    select
        ledger_code,
        source_entity_id,
        fiscal_year,
        fiscal_period,
        account_scope,
        amount_basis,
        cast(sum(line_count) as bigint) as line_count,
        cast(sum(greatest(amount_local, 0)) as {{ type_amount() }}) as amount_debit_local,
        cast(sum(least(amount_local, 0)) as {{ type_amount() }}) as amount_credit_local,
        local_currency,
        source_instance,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from account_totals
    group by
        ledger_code,
        source_entity_id,
        fiscal_year,
        fiscal_period,
        account_scope,
        amount_basis,
        local_currency,
        source_instance
)

select * from final
