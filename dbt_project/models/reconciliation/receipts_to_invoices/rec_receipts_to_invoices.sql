-- Grain: one row per purchase order line with what was received and invoiced of it, or per line of which only one side is
-- there. Net of tax, in the currency of the order. Receipt and invoice come apart from each other: until the window of the
-- one that is behind has passed, less than all is no difference. What differs is one exception per order and kind.
with

described as (
    {{ described_matches(
        ref('receipts_to_invoices_matches'), ref('receipts_to_invoices_receipts'), ref('receipts_to_invoices_invoices'),
        left_columns=['quantity', 'source_order_id', 'is_other_unit'],
        right_columns=['quantity', 'source_order_id'],
        unfinished=is_half_done('left_items', 'right_items')
    ) }}
),

explained as (
    select
        *,
        {{ month_of('coalesce(left_date, right_date)') }} as period_month,
        case
            when outcome = 'missing_right' then 'not_invoiced'
            when outcome = 'missing_left' then 'not_received'
            when outcome = 'timing' and right_key is null then 'not_invoiced_yet'
            when outcome = 'timing' and left_key is null then 'not_received_yet'
            when outcome = 'timing' then 'not_complete_yet'
            when outcome = 'currency_difference' then 'other_currency'
            when outcome = 'amount_difference' and left_is_other_unit then 'received_in_other_unit'
            when outcome = 'amount_difference' and {{ compared_quantity('left') }} > {{ compared_quantity('right') }}
                then 'less_invoiced_than_received'
            when outcome = 'amount_difference' and {{ compared_quantity('left') }} < {{ compared_quantity('right') }}
                then 'more_invoiced_than_received'
            when outcome = 'amount_difference' then 'other_price'
            when left_key is null or right_key is null then 'nothing_to_compare'
            else 'agrees'
        end as cause
    from described
),

typed as (
    select
        *,
        case cause
            when 'not_invoiced' then 'received_not_invoiced'
            when 'less_invoiced_than_received' then 'received_not_invoiced'
            when 'not_received' then 'invoiced_not_received'
            when 'received_in_other_unit' then 'invoiced_above_received'
            when 'more_invoiced_than_received' then 'invoiced_above_received'
            when 'other_price' then 'purchase_price_difference'
            when 'other_currency' then 'purchase_price_difference'
        end as exception_type
    from explained
),

compared as (
    select
        *,
        case
            when exception_type is not null
                then {{ natural_key([
                    'coalesce(left_instance, right_instance)', 'coalesce(left_source_order_id, right_source_order_id)'
                ]) }}
        end as natural_key
    from typed
),

final as (
    {{ reconciliation_rows('receipts_to_invoices', 'compared') }}
)

select * from final
