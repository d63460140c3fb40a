-- Grain: one row per month end (in the month of the as-of date: that date), entity, account of accounts receivable,
-- customer, instance and currencies, where something was open. Amounts are signed, debit > 0. amount_group is the local amount
-- at the closing rate of that month; without a rate it is null and flagged.
{{ open_balances(ref('fct_ar_items'), 'customer') }}
