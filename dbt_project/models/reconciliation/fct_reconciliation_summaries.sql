-- Grain: one row per reconciliation, entity, currency, outcome and cause: how many items and how much money.
with

reconciliations as (select * from {{ ref('fct_reconciliations') }}),

final as (
    select
        reconciliation_name,
        entity_code,
        currency_code,
        outcome,
        cause,
        sum(left_item_count) as left_item_count,
        cast(sum(left_amount) as {{ type_amount() }}) as left_amount,
        sum(right_item_count) as right_item_count,
        cast(sum(right_amount) as {{ type_amount() }}) as right_amount,
        cast(sum(amount_difference) as {{ type_amount() }}) as amount_difference,
        cast(sum(amount_difference_group) as {{ type_amount() }}) as amount_difference_group,
        group_currency,
        count(natural_key) as exception_count
    from reconciliations
    group by reconciliation_name, entity_code, currency_code, outcome, cause, group_currency
)

select * from final
