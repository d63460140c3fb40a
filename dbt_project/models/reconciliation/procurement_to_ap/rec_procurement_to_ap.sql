-- Grain: one row per approved supplier invoice with the payable it was matched to, or per item that stands alone. Gross, in
-- the currency of the invoice, what is owed > 0. The dates of invoice and posting are not compared: an invoice is approved
-- after its date, and posted after that.
with

described as (
    {{ described_matches(
        ref('procurement_to_ap_matches'), ref('procurement_to_ap_invoices'), ref('procurement_to_ap_postings'),
        left_columns=['amount_tax']
    ) }}
),

explained as (
    select
        *,
        {{ month_of('coalesce(left_date, right_date)') }} as period_month,
        case
            when finding = 'reversal' then 'reversed_in_ledger'
            when finding = 'ambiguous' then 'ambiguous'
            when outcome = 'duplicate_right' then 'posted_again'
            when outcome = 'duplicate_left' then 'number_used_twice'
            when outcome = 'missing_left' then 'no_invoice'
            when outcome = 'missing_right' then 'not_posted'
            when outcome = 'timing' then 'not_posted_yet'
            when outcome = 'currency_difference' then 'other_currency'
            when
                outcome = 'amount_difference'
                and left_amount <> right_amount
                and abs(left_amount - right_amount) = abs(left_amount_tax)
                then 'tax_only'
            when outcome = 'amount_difference' then 'other_amount'
            when right_key is null then 'nothing_to_post'
            else 'agrees'
        end as cause
    from described
),

typed as (
    select
        *,
        case
            when outcome = 'missing_left' then 'payable_without_invoice'
            when outcome in ('missing_right', 'duplicate_left') then 'supplier_invoice_not_posted'
            when outcome = 'duplicate_right' then 'supplier_invoice_posted_twice'
            when outcome in ('amount_difference', 'currency_difference') then 'supplier_invoice_amount_difference'
        end as exception_type
    from explained
),

compared as (
    select
        *,
        case
            when exception_type is null then null
            when outcome = 'missing_left' then {{ natural_key(['right_instance', 'right_key']) }}
            else {{ natural_key(['left_instance', 'left_key']) }}
        end as natural_key
    from typed
),

final as (
    {{ reconciliation_rows('procurement_to_ap', 'compared') }}
)

select * from final
