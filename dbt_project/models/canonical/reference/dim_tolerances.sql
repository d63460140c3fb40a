-- Grain: one row per reconciliation and currency ('*' for all others): how far an item may differ on the as-of date.
with

tolerances as (
    {{ approved_rows('tolerances') }}
),

typed as (
    select
        trim(reconciliation) as reconciliation_name,
        upper(trim(currency)) as currency_code,
        {{ amount('amount_absolute') }} as amount_absolute,
        cast(coalesce({{ rate('percent') }}, 0) as {{ type_rate() }}) as percent,
        cast(coalesce({{ whole_number('window_days') }}, 0) as integer) as window_days,
        {{ decision_columns() }}
    from tolerances
),

final as (
    select * from typed
    where {{ is_valid_on(as_of_date(), 'typed') }}
)

select * from final
