-- Grain: one row per item of the register with the posting it was matched to, or per item that stands alone. In local
-- currency, debit > 0. A run in the wrong period is one exception, whatever it charges.
with

described as (
    {{ described_matches(
        ref('payroll_to_ledger_matches'), ref('payroll_to_ledger_register'), ref('payroll_to_ledger_postings'),
        left_columns=['payroll_month'], right_columns=['payroll_month']
    ) }}
),

explained as (
    select
        *,
        {{ month_of('coalesce(left_period_end_date, right_period_end_date)') }} as period_month,
        case
            when finding = 'reversal' then 'reversed_in_ledger'
            when finding = 'ambiguous' then 'ambiguous'
            when outcome = 'duplicate_right' then 'posted_again'
            when outcome = 'duplicate_left' then 'paid_again'
            when outcome = 'missing_left' then 'no_run'
            when outcome = 'missing_right' then 'not_posted'
            when outcome in ('amount_difference', 'currency_difference') then 'other_amount'
            when outcome = 'timing' and right_key is null then 'not_posted_yet'
            when outcome = 'timing' and right_period_end_date <> left_period_end_date then 'posted_in_other_period'
            when outcome = 'timing' then 'posted_later'
            when right_key is null then 'nothing_to_post'
            else 'agrees'
        end as cause
    from described
),

typed as (
    select
        *,
        case
            when outcome = 'missing_left' then 'payroll_posting_without_run'
            when outcome in ('missing_right', 'duplicate_left') then 'payroll_not_posted'
            when outcome = 'duplicate_right' then 'payroll_posted_twice'
            when outcome in ('amount_difference', 'currency_difference') then 'payroll_amount_difference'
            when cause = 'posted_in_other_period' then 'payroll_posted_in_other_period'
        end as exception_type
    from explained
),

compared as (
    select
        *,
        case
            when exception_type is null then null
            when outcome in ('missing_left', 'duplicate_right')
                then {{ natural_key(['right_instance', 'right_key']) }}
            when exception_type in ('payroll_not_posted', 'payroll_posted_in_other_period')
                then {{ natural_key(['left_instance', 'entity_code', 'left_payroll_month']) }}
            else {{ natural_key(['left_instance', 'left_key']) }}
        end as natural_key
    from typed
),

final as (
    {{ reconciliation_rows('payroll_to_ledger', 'compared') }}
)

select * from final
