-- Grain: one row per invoice or credit note with the receivable posting it was matched to, or per posting without one.
-- Amounts are gross, in transaction currency, receivable > 0. A difference in currency is two rows, one per currency,
-- so that every currency adds up by itself.
with

items as (select * from {{ ref('billing_to_erp_matches') }}),

invoices as (select * from {{ ref('billing_to_erp_invoices') }}),

postings as (select * from {{ ref('billing_to_erp_postings') }}),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'billing_to_erp'
),

described as (
    select
        items.*,
        invoices.source_instance as left_instance,
        invoices.invoice_number,
        invoices.posting_batch,
        invoices.invoice_date,
        invoices.transaction_currency as invoice_currency,
        invoices.load_id as left_load_id,
        postings.source_instance as right_instance,
        postings.posting_date,
        postings.transaction_currency as posting_currency,
        postings.load_id as right_load_id,
        coalesce(invoices.entity_code, postings.entity_code) as entity_code,
        coalesce(invoices.customer_id, postings.customer_id) as customer_id,
        invoices.period_end_date as invoice_period_end_date,
        postings.period_end_date as posting_period_end_date,
        {{ days_after('invoices.invoice_date', 'coalesce(tolerances.window_days, 0)') }} as last_posting_date,
        {{ allowed_difference('items.left_amount', 'tolerances') }} as allowed_difference
    from items
    left join invoices on items.invoice_id = invoices.invoice_id
    left join postings on items.posting_key = postings.posting_key
    left join tolerances
        on coalesce(invoices.transaction_currency, postings.transaction_currency) = tolerances.currency_code
),

judged as (
    select
        *,
        case
            when finding = 'reversed' then 'matched'
            when finding in ('duplicate', 'batch_duplicate') then 'duplicate_right'
            when finding = 'ambiguous_number' then 'duplicate_left'
            when finding = 'batch_difference' then 'amount_difference'
            when invoice_id is null then 'missing_left'
            when posting_key is null and left_amount = 0 then 'matched'
            when posting_key is null and {{ as_of_date() }} <= last_posting_date then 'timing'
            when posting_key is null then 'missing_right'
            when invoice_currency <> posting_currency then 'currency_difference'
            when abs(left_amount - right_amount) > allowed_difference then 'amount_difference'
            when posting_period_end_date <> invoice_period_end_date then 'timing'
            when posting_date > invoice_date then 'timing'
            when left_amount <> right_amount then 'matched_within_tolerance'
            else 'matched'
        end as outcome
    from described
),

explained as (
    select
        *,
        case
            when finding = 'reversed' then 'reversed_in_erp'
            when finding in ('duplicate', 'batch_duplicate') then 'posted_again'
            when finding in ('ambiguous_number', 'left_out_of_batch', 'batch_difference') then finding
            when outcome = 'missing_left' then 'no_invoice'
            when outcome = 'matched' and posting_key is null then 'nothing_to_post'
            when outcome = 'timing' and posting_key is null then 'not_posted_yet'
            when outcome = 'missing_right' then 'not_posted'
            when outcome = 'currency_difference' then 'other_currency'
            when outcome = 'amount_difference' then 'other_amount'
            when outcome = 'timing' and posting_period_end_date > invoice_period_end_date then 'posted_in_later_period'
            when outcome = 'timing' and posting_period_end_date < invoice_period_end_date
                then 'posted_in_earlier_period'
            when outcome = 'timing' then 'posted_late'
            else 'agrees'
        end as cause
    from judged
),

-- The two halves of a currency difference stand apart; every other row stays whole.
halves as (
    select
        *,
        'whole' as half
    from explained
    where outcome <> 'currency_difference'

    union all

    select
        *,
        'left' as half
    from explained
    where outcome = 'currency_difference'

    union all

    select
        *,
        'right' as half
    from explained
    where outcome = 'currency_difference'
),

compared as (
    select
        entity_code,
        {{ month_of('coalesce(invoice_date, posting_date)') }} as period_month,
        customer_id as counterparty_key,
        case when half = 'right' then posting_currency else coalesce(invoice_currency, posting_currency) end
            as currency_code,
        left_instance,
        -- What no invoice of a batch explains is the batch's: its first invoice has a row of its own.
        case when finding = 'batch_difference' then posting_batch else invoice_number end as left_key,
        left_load_id,
        case when half = 'right' then 0 else left_item_count end as left_item_count,
        invoice_date as left_date,
        case when half = 'right' then 0 else left_amount end as left_amount,
        right_instance,
        posting_key as right_key,
        right_load_id,
        case when half = 'left' then 0 else right_item_count end as right_item_count,
        posting_date as right_date,
        case when half = 'left' then 0 else right_amount end as right_amount,
        outcome,
        cause,
        rule_name,
        case
            when cause = 'posted_again' then 'invoice_posted_twice'
            when cause in ('ambiguous_number', 'left_out_of_batch', 'not_posted') then 'invoice_not_posted'
            when cause in ('batch_difference', 'other_amount') then 'invoice_amount_difference'
            when cause = 'other_currency' then 'invoice_currency_difference'
            when cause in ('posted_in_later_period', 'posted_in_earlier_period') then 'invoice_posted_in_later_period'
            when cause = 'posted_late' then 'invoice_posted_late'
            when cause = 'no_invoice' then 'posting_without_invoice'
        end as exception_type,
        case
            when outcome in ('matched', 'matched_within_tolerance') or cause = 'not_posted_yet' then null
            when cause = 'no_invoice' then {{ natural_key(['right_instance', 'posting_key']) }}
            when finding in ('batch_duplicate', 'batch_difference')
                then {{ natural_key(['left_instance', 'posting_batch']) }}
            else {{ natural_key(['left_instance', 'invoice_number']) }}
        end as natural_key
    from halves
),

final as (
    {{ reconciliation_rows('billing_to_erp', 'compared') }}
)

select * from final
