-- Grain: one row per company and period: what Business Central itself sums and counts by posting date. Debits > 0,
-- credits <= 0, told apart by the sign of the entry, because a correction is a negative amount on the other side.
with

daily_totals as (
    select
        *,
        amount_local as amount_debit_local,
        0 as amount_credit_local
    from {{ ref('stg_business_central__ledger_debit_totals') }}
    union all
    select
        *,
        0 as amount_debit_local,
        amount_local as amount_credit_local
    from {{ ref('stg_business_central__ledger_credit_totals') }}
),

companies as (
    select * from {{ ref('int_business_central__companies') }}
),

fiscal_periods as (
    select * from {{ ref('int_business_central__fiscal_periods') }}
),

final as (
    select
        {{ business_central_ledger() }} as ledger_code,
        companies.source_entity_id,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        cast(sum(daily_totals.line_count) as bigint) as line_count,
        cast(sum(daily_totals.amount_debit_local) as {{ type_amount() }}) as amount_debit_local,
        cast(sum(daily_totals.amount_credit_local) as {{ type_amount() }}) as amount_credit_local,
        companies.local_currency,
        daily_totals.source_instance,
        {{ newest_load_id('daily_totals.load_id', 'daily_totals.recorded_at') }} as load_id,
        max(daily_totals.recorded_at) as recorded_at
    from daily_totals
    inner join companies
        on
            daily_totals.source_instance = companies.source_instance
            and daily_totals.company_id = companies.company_id
    left join fiscal_periods
        on
            daily_totals.source_instance = fiscal_periods.source_instance
            and daily_totals.company_id = fiscal_periods.company_id
            and daily_totals.posting_date between fiscal_periods.period_start_date and fiscal_periods.period_end_date
    group by
        companies.source_entity_id,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        companies.local_currency,
        daily_totals.source_instance
)

select * from final
