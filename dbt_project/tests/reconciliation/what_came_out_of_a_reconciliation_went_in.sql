-- The other direction of the close control that every item came out again: no side of a reconciliation has items, or
-- money, of which its population knows nothing. A balance of the ledger, or the place a plan line lands on, is compared
-- with the items of the other side and is no population of its own.
with

items_out as (
    select
        reconciliation_name,
        'left' as side,
        currency_code,
        sum(left_item_count) as item_count
    from {{ ref('fct_reconciliations') }}
    group by reconciliation_name, currency_code

    union all

    select
        reconciliation_name,
        'right' as side,
        currency_code,
        sum(right_item_count) as item_count
    from {{ ref('fct_reconciliations') }}
    group by reconciliation_name, currency_code
)

select items_out.*
from items_out
left join {{ ref('fct_reconciliation_populations') }} as populations
    on
        items_out.reconciliation_name = populations.reconciliation_name
        and items_out.side = populations.side
        and items_out.currency_code is not distinct from populations.currency_code
where
    items_out.item_count > 0
    and populations.reconciliation_name is null
    and items_out.reconciliation_name <> 'bank_balance_to_ledger'
    and not (
        items_out.side = 'right'
        and items_out.reconciliation_name in (
            'ar_subledger_to_gl', 'ap_subledger_to_gl', 'open_receipts_to_gl', 'plan_to_chart'
        )
    )
