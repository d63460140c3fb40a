-- Grain: one row per bank movement with the ledger line it was matched to, or per item that stands alone. In the
-- currency of the account, money in > 0.
with

described as (
    {{ described_matches(
        ref('bank_to_ledger_matches'), ref('bank_to_ledger_bank_items'), ref('bank_to_ledger_postings'),
        left_columns=['item_type']
    ) }}
),

explained as (
    select
        *,
        {{ month_of('coalesce(left_date, right_date)') }} as period_month,
        case
            when finding = 'reversal' then 'reversed_in_ledger'
            when finding = 'ambiguous' then 'ambiguous'
            when left_item_type = 'missing_statement' then 'statement_missing'
            when outcome = 'duplicate_right' then 'posted_again'
            when outcome = 'duplicate_left' then 'booked_again'
            when outcome = 'missing_right' then 'not_posted'
            when outcome = 'missing_left' then 'not_at_bank'
            when outcome = 'currency_difference' then 'other_currency'
            when outcome = 'amount_difference' and left_item_type = 'brought_forward' then 'other_opening_balance'
            when outcome = 'amount_difference' then 'other_amount'
            when outcome = 'timing' and right_key is null then 'not_posted_yet'
            when outcome = 'timing' and left_key is null then 'in_transit'
            when outcome = 'timing' and right_date > left_date then 'posted_later'
            when outcome = 'timing' then 'booked_in_next_period'
            when right_key is null then 'nothing_to_post'
            else 'agrees'
        end as cause,
        case
            when left_item_type = 'missing_statement' then 'bank_statement_missing'
            when outcome in ('missing_right', 'duplicate_left') then 'bank_line_not_posted'
            when outcome = 'missing_left' then 'cash_posting_not_at_bank'
            when outcome = 'duplicate_right' then 'cash_posted_twice'
            when outcome in ('amount_difference', 'currency_difference') then 'bank_amount_difference'
        end as exception_type
    from described
),

compared as (
    select
        *,
        case
            when exception_type is null then null
            when outcome in ('missing_left', 'duplicate_right') then {{ natural_key(['right_instance', 'right_key']) }}
            else {{ natural_key(['left_instance', 'left_key']) }}
        end as natural_key
    from explained
),

final as (
    {{ reconciliation_rows('bank_to_ledger', 'compared') }}
)

select * from final
