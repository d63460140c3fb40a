-- Grain: one row per figure that is not what somebody has signed for it. Only figures of periods that are signed, or
-- were until such a change took the signature away.
with

signed_figures as (select * from {{ source('control', 'signed_figures') }}),

period_figures as (select * from {{ ref('fct_period_figures') }}),

signed_periods as (
    select distinct
        entity_code,
        module,
        period_month
    from signed_figures
),

figures_now as (
    select period_figures.*
    from period_figures
    inner join signed_periods
        on
            period_figures.entity_code = signed_periods.entity_code
            and period_figures.module = signed_periods.module
            and period_figures.period_month = signed_periods.period_month
),

compared as (
    select
        coalesce(signed_figures.entity_code, figures_now.entity_code) as entity_code,
        coalesce(signed_figures.module, figures_now.module) as module,
        coalesce(signed_figures.period_month, figures_now.period_month) as period_month,
        coalesce(signed_figures.figure_key, figures_now.figure_key) as figure_key,
        coalesce(signed_figures.currency_code, figures_now.currency_code) as currency_code,
        coalesce(signed_figures.amount_debit, 0) as amount_debit_signed,
        coalesce(signed_figures.amount_credit, 0) as amount_credit_signed,
        coalesce(signed_figures.amount_closing, 0) as amount_closing_signed,
        coalesce(figures_now.amount_debit, 0) as amount_debit_now,
        coalesce(figures_now.amount_credit, 0) as amount_credit_now,
        coalesce(figures_now.amount_closing, 0) as amount_closing_now
    from signed_figures
    full outer join figures_now
        on
            signed_figures.entity_code = figures_now.entity_code
            and signed_figures.module = figures_now.module
            and signed_figures.period_month = figures_now.period_month
            and signed_figures.figure_key = figures_now.figure_key
            and signed_figures.currency_code = figures_now.currency_code
),

final as (
    select * from compared
    where
        amount_debit_signed <> amount_debit_now
        or amount_credit_signed <> amount_credit_now
        or amount_closing_signed <> amount_closing_now
)

select * from final
