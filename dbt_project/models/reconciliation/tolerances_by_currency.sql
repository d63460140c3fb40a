-- Grain: one row per reconciliation and currency. The tolerance of the currency itself beats the one for all ('*').
with

tolerances as (select * from {{ ref('dim_tolerances') }}),

currencies as (select * from {{ ref('dim_currencies') }}),

own_tolerances as (
    select * from tolerances
    where currency_code <> '*'
),

general_tolerances as (
    select
        tolerances.reconciliation_name,
        currencies.currency_code,
        tolerances.amount_absolute,
        tolerances.percent,
        tolerances.window_days
    from tolerances
    cross join currencies
    where tolerances.currency_code = '*'
),

final as (
    select
        coalesce(own_tolerances.reconciliation_name, general_tolerances.reconciliation_name) as reconciliation_name,
        coalesce(own_tolerances.currency_code, general_tolerances.currency_code) as currency_code,
        coalesce(own_tolerances.amount_absolute, general_tolerances.amount_absolute) as amount_absolute,
        coalesce(own_tolerances.percent, general_tolerances.percent) as percent_of_amount,
        coalesce(own_tolerances.window_days, general_tolerances.window_days) as window_days
    from general_tolerances
    full outer join own_tolerances
        on
            general_tolerances.reconciliation_name = own_tolerances.reconciliation_name
            and general_tolerances.currency_code = own_tolerances.currency_code
)

select * from final
