-- Grain: one row per CRM contract with the subscriptions that carry its number, or per subscription without a
-- contract. Amounts are contract values: on the left what the CRM says, on the right what the subscription comes to
-- over the term. A difference in currency is two rows, one per currency.
with

described as (
    {{ described_matches(
        ref('bookings_to_billing_matches'), ref('bookings_to_billing_contracts'),
        ref('bookings_to_billing_subscriptions'),
        left_columns=['contract_number'], unfinished='not right_items.is_invoiced'
    ) }}
),

explained as (
    select
        *,
        {{ month_of('coalesce(left_date, right_date)') }} as period_month,
        case
            when outcome = 'timing' and right_key is not null then 'not_invoiced_yet'
            when finding = 'ambiguous' then 'ambiguous'
            when outcome = 'duplicate_left' then 'number_used_twice'
            when outcome = 'duplicate_right' then 'billed_again'
            when outcome = 'missing_left' then 'no_contract'
            when outcome = 'missing_right' then 'no_subscription'
            when outcome = 'currency_difference' then 'other_currency'
            when outcome = 'amount_difference' then 'other_value'
            when outcome = 'timing' then 'not_started_yet'
            else 'agrees'
        end as cause,
        case
            when outcome = 'duplicate_left' then 'duplicate_contract'
            when outcome = 'missing_left' then 'subscription_without_contract'
            when outcome = 'missing_right' then 'contract_not_billed'
            when outcome in ('amount_difference', 'currency_difference', 'duplicate_right')
                then 'contract_value_difference'
        end as exception_type
    from described
),

compared as (
    select
        *,
        case
            when exception_type is null then null
            when outcome = 'missing_left' then {{ natural_key(['right_instance', 'right_key']) }}
            else {{ natural_key(['left_instance', 'left_contract_number']) }}
        end as natural_key
    from explained
),

final as (
    {{ reconciliation_rows('bookings_to_billing', 'compared') }}
)

select * from final
