-- Grain: one row per customer, product, meter and usage month, in transaction currency. Left is what the meter
-- recorded, right what was invoiced for that month; item counts are usage records and invoice lines.
with

described as (
    {{ described_matches(
        ref('usage_to_billing_matches'), ref('usage_to_billing_rated'), ref('usage_to_billing_invoiced'),
        left_columns=['usage_month'], right_columns=['usage_month'], item_count='record_count'
    ) }}
),

explained as (
    select
        *,
        coalesce(left_usage_month, right_usage_month) as period_month,
        case
            when finding = 'ambiguous' then 'ambiguous'
            when outcome = 'timing' then 'not_invoiced_yet'
            when outcome = 'missing_right' then 'not_invoiced'
            when outcome = 'missing_left' then 'invoiced_without_usage'
            when outcome = 'duplicate_right' then 'invoiced_again'
            when outcome in ('amount_difference', 'duplicate_left') then 'other_amount'
            else 'agrees'
        end as cause,
        case
            when outcome in ('matched', 'matched_within_tolerance', 'timing') then null
            when outcome = 'missing_right' then 'usage_not_billed'
            else 'usage_amount_difference'
        end as exception_type
    from described
),

compared as (
    select
        *,
        case
            when exception_type is not null
                then {{ natural_key(['coalesce(left_instance, right_instance)', 'coalesce(left_key, right_key)']) }}
        end as natural_key
    from explained
),

final as (
    {{ reconciliation_rows('usage_to_billing', 'compared') }}
)

select * from final
