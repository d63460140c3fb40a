-- What is compared belongs to the month one of its sides is dated in. Not asked of what is told for another month than its
-- own: a settlement (that of its oldest invoice), a pay run (that of the work), usage (that it was used in), a move to
-- another ERP and a balance at the bank (those of the comparison).
select
    reconciliation_name,
    item_id,
    period_month,
    left_date,
    right_date
from {{ ref('fct_reconciliations') }}
where
    reconciliation_name not in (
        'billing_to_cash', 'payroll_to_ledger', 'usage_to_billing', 'cut_over', 'bank_balance_to_ledger'
    )
    and coalesce(left_date, right_date) is not null
    and coalesce({{ month_of('left_date') }} <> period_month, true)
    and coalesce({{ month_of('right_date') }} <> period_month, true)
