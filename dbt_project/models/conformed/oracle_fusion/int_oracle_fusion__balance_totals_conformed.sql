-- Grain: one row per company and period: what the ledger's own balances say moved, per account on the side of its sign.
-- Balances have no counts, so the lines are counted as they were landed, posted and before any is rejected: what is lost
-- on the way is missing on the other side.
with

balances as (
    select * from {{ ref('int_oracle_fusion__balances') }}
),

fiscal_periods as (
    select * from {{ ref('int_oracle_fusion__fiscal_periods') }}
),

journals as (
    select * from {{ ref('int_oracle_fusion__journals') }}
),

landed_lines as (
    select * from {{ ref('base_oracle_fusion__journal_lines') }}
),

code_combinations as (
    select * from {{ ref('int_oracle_fusion__code_combinations') }}
),

line_keys as (
    select * from {{ ref('stg_oracle_fusion__journal_line_keys') }}
),

key_extracts as (
    {{ fusion_key_extracts('journallineextractpvo') }}
),

counts as (
    select
        journals.source_instance,
        journals.ledger_id,
        code_combinations.company_code,
        journals.fiscal_year,
        journals.fiscal_period,
        count(*) as line_count
    from landed_lines
    inner join journals
        on
            landed_lines.source_instance = journals.source_instance
            and landed_lines.header_id = journals.header_id
    inner join code_combinations
        on
            landed_lines.source_instance = code_combinations.source_instance
            and landed_lines.code_combination_id = code_combinations.code_combination_id
    left join line_keys
        on
            landed_lines.source_instance = line_keys.source_instance
            and landed_lines.header_id = line_keys.header_id
            and landed_lines.line_number = line_keys.line_number
    left join key_extracts on landed_lines.source_instance = key_extracts.source_instance
    where {{ fusion_exists('landed_lines', 'line_keys', 'header_id', 'key_extracts') }}
    group by all
),

totals as (
    select
        balances.source_instance,
        balances.ledger_id,
        balances.company_code,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        balances.local_currency,
        sum(greatest(balances.amount_movement_local, 0)) as amount_debit_local,
        sum(least(balances.amount_movement_local, 0)) as amount_credit_local,
        {{ newest_load_id('balances.load_id', 'balances.recorded_at') }} as load_id,
        max(balances.recorded_at) as recorded_at
    from balances
    left join fiscal_periods
        on
            balances.source_instance = fiscal_periods.source_instance
            and balances.ledger_id = fiscal_periods.ledger_id
            and balances.period_name = fiscal_periods.period_name
    -- A period in which nothing moved has balances as well.
    where balances.has_moved
    group by
        balances.source_instance,
        balances.ledger_id,
        balances.company_code,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        balances.local_currency
),

final as (
    select
        {{ fusion_ledger() }} as ledger_code,
        totals.company_code as source_entity_id,
        totals.fiscal_year,
        totals.fiscal_period,
        'all' as account_scope,
        'movement' as amount_basis,
        coalesce(counts.line_count, 0) as line_count,
        cast(totals.amount_debit_local as {{ type_amount() }}) as amount_debit_local,
        cast(totals.amount_credit_local as {{ type_amount() }}) as amount_credit_local,
        totals.local_currency,
        totals.source_instance,
        totals.load_id,
        totals.recorded_at
    from totals
    left join counts
        on
            totals.source_instance = counts.source_instance
            and totals.ledger_id = counts.ledger_id
            and totals.company_code = counts.company_code
            and totals.fiscal_year = counts.fiscal_year
            and totals.fiscal_period = counts.fiscal_period
)

select * from final
