-- Grain: one row per order of the CRM with the sales order it became, or per order of one side without the other. Order
-- value net of tax, in transaction currency. An order that the ERP enters some days later is no difference, whatever month.
with

described as (
    {{ described_matches(
        ref('crm_orders_to_erp_orders_matches'),
        ref('crm_orders_to_erp_orders_crm_orders'),
        ref('crm_orders_to_erp_orders_erp_orders'),
        left_columns=['entity_code'],
        right_columns=['entity_code', 'is_rejected']
    ) }}
),

explained as (
    select
        *,
        {{ month_of('coalesce(left_date, right_date)') }} as period_month,
        case
            when finding = 'ambiguous' then 'ambiguous'
            when outcome in ('duplicate_left', 'duplicate_right') then 'entered_twice'
            when outcome = 'missing_left' then 'not_in_crm'
            when outcome = 'missing_right' then 'not_in_erp'
            when outcome = 'currency_difference' then 'other_currency'
            when outcome = 'amount_difference' and right_is_rejected then 'cancelled_in_erp'
            when outcome = 'amount_difference' and left_amount = 0 then 'cancelled_in_crm'
            when outcome = 'amount_difference' then 'other_value'
            when outcome = 'timing' then 'not_in_erp_yet'
            when left_key is null or right_key is null then 'nothing_ordered'
            when left_entity_code <> right_entity_code then 'agrees_in_another_entity'
            else 'agrees'
        end as cause
    from described
),

typed as (
    select
        *,
        case
            when outcome = 'missing_right' then 'order_not_in_erp'
            when outcome = 'missing_left' then 'order_not_in_crm'
            when outcome in ('duplicate_left', 'duplicate_right') then 'order_entered_twice'
            when outcome in ('amount_difference', 'currency_difference') then 'order_value_difference'
        end as exception_type
    from explained
),

compared as (
    select
        *,
        case
            when exception_type is null then null
            when outcome in ('missing_left', 'duplicate_right') then {{ natural_key(['right_instance', 'right_key']) }}
            else {{ natural_key(['left_instance', 'left_key']) }}
        end as natural_key
    from typed
),

final as (
    {{ reconciliation_rows('crm_orders_to_erp_orders', 'compared') }}
)

select * from final
