-- Grain: one row per part of a payout and per bank receipt of it. Of a payout that arrived the parts and the receipts add
-- up to 0 in its currency: the fees the provider kept are rows of their own.
with

described as (
    {{ described_matches(
        ref('payout_to_bank_matches'), ref('payout_to_bank_payouts'), ref('payout_to_bank_receipts'),
        left_columns=['part', 'payout_reference'], right_columns=['payout_reference']
    ) }}
),

explained as (
    select
        *,
        {{ month_of('coalesce(left_date, right_date)') }} as period_month,
        case
            when outcome = 'missing_right' then 'not_received'
            when outcome = 'missing_left' then 'no_payout'
            when outcome = 'timing' then 'in_transit'
            when outcome = 'amount_difference' then 'other_amount'
            when left_part = 'fees' then 'fees_netted'
            else 'agrees'
        end as cause,
        case
            when outcome = 'missing_right' then 'payout_not_received'
            when outcome = 'missing_left' then 'receipt_without_payout'
            when outcome not in ('matched', 'matched_within_tolerance', 'timing') then 'payout_amount_difference'
        end as exception_type
    from described
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
