-- Grain: one row per invoice or credit note with the payment that settles it, or per item of a settlement of several or
-- one that stands alone. Gross, in transaction currency, what the customer owes > 0. What is not paid is no difference as
-- long as billing says so itself: it is not due or overdue, and collections have it. A difference is an invoice that counts
-- as paid and is not, one that was paid too much, and a payment that settles none.
with

described as (
    {{ described_matches(
        ref('billing_to_cash_matches'), ref('billing_to_cash_invoices'), ref('billing_to_cash_payments'),
        left_columns=['partner_due_date', 'invoice_type', 'invoice_status'],
        right_columns=['payout_reference']
    ) }}
),

payout_matches as (
    select * from {{ ref('payout_to_bank_matches') }}
    where outcome in ('matched', 'matched_within_tolerance')
),

payouts as (select * from {{ ref('payout_to_bank_payouts') }}),

payouts_at_bank as (
    select distinct
        payouts.source_instance,
        payouts.payout_reference
    from payouts
    inner join payout_matches on payouts.item_key = payout_matches.left_item_key
),

settlements as (
    select
        described.*,
        payouts_at_bank.payout_reference is not null as is_at_bank,
        -- Of all that belongs to one invoice; what stands alone belongs to itself.
        sum(described.left_amount) over one_settlement as amount_claimed,
        sum(described.right_amount) over one_settlement as amount_settled,
        sum(case when described.left_invoice_type = 'credit_note' then described.left_amount else 0 end)
            over one_settlement as amount_credited,
        max(case when described.left_invoice_status = 'open' then 1 else 0 end) over one_settlement = 1 as is_open,
        min(case when described.left_invoice_type = 'invoice' then described.left_key end)
            over one_settlement as settled_invoice_number,
        min(described.left_instance) over one_settlement as settled_instance,
        min(described.entity_code) over one_settlement as settled_entity_code,
        -- One month, and so one rate, for all of it: what adds up to 0 does so in group currency too.
        {{ month_of('coalesce(min(described.left_date) over one_settlement, described.right_date)') }} as period_month
    from described
    left join payouts_at_bank
        on
            described.right_instance = payouts_at_bank.source_instance
            and described.right_payout_reference = payouts_at_bank.payout_reference
    window one_settlement as (
        partition by
            coalesce(
                described.match_id,
                {{ natural_key([
                    'described.left_instance', 'described.left_key', 'described.right_instance',
                    'described.right_key'
                ]) }}
            )
    )
),

explained as (
    select
        *,
        case
            when right_key is null and left_amount = 0 then 'nothing_to_pay'
            when outcome in ('matched', 'matched_within_tolerance') and right_key is null then 'settled'
            when outcome in ('matched', 'matched_within_tolerance') and is_at_bank then 'paid_and_at_bank'
            when outcome in ('matched', 'matched_within_tolerance') and right_payout_reference is not null
                then 'paid_and_in_payout'
            when outcome in ('matched', 'matched_within_tolerance') then 'paid'
            when left_key is null and match_id is null and outcome = 'timing' then 'not_applied_yet'
            when left_key is null and match_id is null then 'not_applied'
            when match_id is null and left_invoice_type = 'credit_note' then 'credit_not_paid_back'
            when match_id is null and left_invoice_status <> 'open' then 'counts_as_paid'
            when match_id is null and left_partner_due_date >= {{ as_of_date() }} then 'not_due'
            when match_id is null then 'overdue'
            when amount_settled > amount_claimed and amount_settled <= amount_claimed - amount_credited
                then 'credit_not_paid_back'
            when amount_settled > amount_claimed then 'over_paid'
            when is_open then 'partly_paid'
            else 'short_paid'
        end as cause
    from settlements
),

typed as (
    select
        *,
        case cause
            when 'not_applied' then 'payment_not_applied'
            when 'counts_as_paid' then 'payment_short'
            when 'short_paid' then 'payment_short'
            when 'over_paid' then 'payment_over'
        end as exception_type
    from explained
),

compared as (
    select
        match_id,
        rule_name,
        coalesce(entity_code, settled_entity_code) as entity_code,
        period_month,
        counterparty_key,
        currency_code,
        left_instance,
        left_key,
        left_load_id,
        left_item_count,
        left_date,
        left_amount,
        right_instance,
        right_key,
        right_load_id,
        right_item_count,
        right_date,
        right_amount,
        case
            when cause in ('credit_not_paid_back', 'not_due', 'overdue', 'partly_paid') then 'timing'
            else outcome
        end as outcome,
        cause,
        exception_type,
        case
            when exception_type = 'payment_not_applied' then {{ natural_key(['right_instance', 'right_key']) }}
            when exception_type is not null
                then {{ natural_key(['settled_instance', 'coalesce(settled_invoice_number, left_key)']) }}
        end as natural_key
    from typed
),

final as (
    {{ reconciliation_rows('billing_to_cash', 'compared') }}
)

select * from final
