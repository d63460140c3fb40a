-- Grain: one row per part of a payout and per bank receipt of it. Of a payout that arrived the parts and the receipts add
-- up to 0 in its currency: the fees the provider kept are rows of their own. A payout says on which day it arrives: one
-- that the bank booked further away than a payout may wait for its receipt is timing that somebody looks at.
with

described as (
    {{ described_matches(
        ref('payout_to_bank_matches'), ref('payout_to_bank_payouts'), ref('payout_to_bank_receipts'),
        left_columns=['part', 'payout_reference', 'partner_due_date'], right_columns=['payout_reference']
    ) }}
),

dated as (
    select
        *,
        max(left_date) over (partition by match_id) as arrival_date,
        max(left_partner_due_date) over (partition by match_id) as latest_date,
        min(right_date) over (partition by match_id) as first_receipt_date,
        max(right_date) over (partition by match_id) as last_receipt_date
    from described
),

judged as (
    select
        * replace (
            case
                when
                    match_id is not null
                    and outcome in ('matched', 'matched_within_tolerance')
                    and (
                        last_receipt_date > latest_date
                        or {{ dbt.datediff('first_receipt_date', 'arrival_date', 'day') }}
                        > {{ dbt.datediff('arrival_date', 'latest_date', 'day') }}
                    )
                    then 'timing'
                else outcome
            end as outcome
        )
    from dated
),

explained as (
    select
        *,
        {{ month_of('coalesce(left_date, right_date)') }} as period_month,
        case
            when outcome = 'missing_right' then 'not_received'
            when outcome = 'missing_left' then 'no_payout'
            when outcome = 'timing' and match_id is not null then 'received_on_other_day'
            when outcome = 'timing' then 'in_transit'
            when outcome = 'amount_difference' then 'other_amount'
            when left_part = 'fees' then 'fees_netted'
            else 'agrees'
        end as cause,
        case
            when outcome = 'missing_right' then 'payout_not_received'
            when outcome = 'missing_left' then 'receipt_without_payout'
            when outcome = 'timing' and match_id is not null then 'payout_received_on_other_day'
            when outcome not in ('matched', 'matched_within_tolerance', 'timing') then 'payout_amount_difference'
        end as exception_type
    from judged
),

compared as (
    select
        *,
        case
            when exception_type is null then null
            when outcome = 'missing_left' then {{ natural_key(['right_instance', 'right_key']) }}
            else {{ natural_key([
                'coalesce(left_instance, min(left_instance) over (partition by match_id))',
                'coalesce(left_payout_reference, right_payout_reference)'
            ]) }}
        end as natural_key
    from explained
),

final as (
    {{ reconciliation_rows('payout_to_bank', 'compared') }}
)

select * from final
