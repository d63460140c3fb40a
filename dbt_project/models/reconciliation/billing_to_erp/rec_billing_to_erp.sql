-- Grain: one row per invoice or credit note with the receivable posting it was matched to, or per posting without one.
-- Amounts are gross, in transaction currency, receivable > 0. A difference in currency is two rows, one per currency,
-- so that every currency adds up by itself.
with

described as (
    {{ described_matches(
        ref('billing_to_erp_matches'), ref('billing_to_erp_invoices'), ref('billing_to_erp_postings'),
        left_columns=['amount_tax', 'is_void'], right_columns=['reference']
    ) }}
),

explained as (
    select
        *,
        case
            when finding = 'reversal' then 'reversed_in_erp'
            when finding in ('left_out', 'ambiguous') then finding
            when outcome = 'duplicate_right' then 'posted_again'
            when outcome = 'duplicate_left' then 'number_used_twice'
            when outcome = 'missing_left' then 'no_invoice'
            when outcome = 'missing_right' then 'not_posted'
            when outcome = 'currency_difference' then 'other_currency'
            when
                outcome = 'amount_difference'
                and left_amount <> right_amount
                and abs(left_amount - right_amount) = abs(left_amount_tax)
                then 'tax_only'
            when outcome = 'amount_difference' then 'other_amount'
            -- Posted in the books before a move to another ERP, and taken back in the new ones.
            when outcome = 'timing' and left_is_void and right_key is not null then 'reversed_in_erp'
            when outcome = 'timing' and right_key is null then 'not_posted_yet'
            when outcome = 'timing' and right_period_end_date > left_period_end_date then 'posted_in_later_period'
            when outcome = 'timing' and right_period_end_date < left_period_end_date then 'posted_in_earlier_period'
            when outcome = 'timing' then 'posted_late'
            when right_key is null then 'nothing_to_post'
            else 'agrees'
        end as cause
    from described
),

typed as (
    select
        *,
        {{ month_of('coalesce(left_date, right_date)') }} as period_month,
        case
            when cause = 'left_out' then 'invoice_not_posted'
            when outcome = 'missing_left' then 'posting_without_invoice'
            when outcome in ('missing_right', 'duplicate_left') then 'invoice_not_posted'
            when outcome = 'duplicate_right' then 'invoice_posted_twice'
            when outcome = 'amount_difference' then 'invoice_amount_difference'
            when outcome = 'currency_difference' then 'invoice_currency_difference'
            when cause in ('posted_in_later_period', 'posted_in_earlier_period') then 'invoice_posted_in_later_period'
            when cause = 'posted_late' then 'invoice_posted_late'
        end as exception_type
    from explained
),

compared as (
    select
        *,
        case
            when exception_type is null then null
            when outcome = 'missing_left' then {{ natural_key(['right_instance', 'right_key']) }}
            -- What a summarised posting says twice or wrongly is one problem of the batch it refers to.
            when outcome in ('amount_difference', 'duplicate_right')
                then {{ natural_key(['left_instance', 'right_reference']) }}
            else {{ natural_key(['left_instance', 'left_key']) }}
        end as natural_key
    from typed
),

final as (
    {{ reconciliation_rows('billing_to_erp', 'compared') }}
)

select * from final
