-- Grain: one row per item of accounts receivable that is open on the as-of date: posted by then and not cleared by then.
-- amount_group is the local amount at the closing rate of the as-of date's month; without a rate it is null and flagged.
{{ open_items(ref('fct_ar_items')) }}
