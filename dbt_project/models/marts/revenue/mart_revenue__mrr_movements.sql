-- Grain: one row per month, golden customer and currency, months without MRR included. opening + new + reactivation +
-- expansion + contraction + churn = closing, in the customer's currency and, with the currency effect (fx) apart, in
-- group currency at constant rates. Losses are negative.
with

customer_mrr as (select * from {{ ref('fct_customer_mrr') }}),

customers as (select * from {{ ref('dim_customers') }}),

final as (
    select
        customer_mrr.calendar_month,
        customer_mrr.month_end_date,
        customer_mrr.customer_id,
        customers.customer_name,
        customers.country_code,
        customer_mrr.transaction_currency,
        customer_mrr.amount_opening_transaction,
        case when customer_mrr.movement_type = 'new' then customer_mrr.amount_movement_transaction else 0 end
            as amount_new_transaction,
        case when customer_mrr.movement_type = 'reactivation' then customer_mrr.amount_movement_transaction else 0 end
            as amount_reactivation_transaction,
        case when customer_mrr.movement_type = 'expansion' then customer_mrr.amount_movement_transaction else 0 end
            as amount_expansion_transaction,
        case when customer_mrr.movement_type = 'contraction' then customer_mrr.amount_movement_transaction else 0 end
            as amount_contraction_transaction,
        case when customer_mrr.movement_type = 'churn' then customer_mrr.amount_movement_transaction else 0 end
            as amount_churn_transaction,
        customer_mrr.amount_closing_transaction,
        customer_mrr.group_currency,
        customer_mrr.amount_opening_group,
        case when customer_mrr.movement_type = 'new' then customer_mrr.amount_movement_group else 0 end
            as amount_new_group,
        case when customer_mrr.movement_type = 'reactivation' then customer_mrr.amount_movement_group else 0 end
            as amount_reactivation_group,
        case when customer_mrr.movement_type = 'expansion' then customer_mrr.amount_movement_group else 0 end
            as amount_expansion_group,
        case when customer_mrr.movement_type = 'contraction' then customer_mrr.amount_movement_group else 0 end
            as amount_contraction_group,
        case when customer_mrr.movement_type = 'churn' then customer_mrr.amount_movement_group else 0 end
            as amount_churn_group,
        customer_mrr.amount_fx_group,
        customer_mrr.amount_closing_group,
        customer_mrr.is_rate_missing
    from customer_mrr
    left join customers on customer_mrr.customer_id = customers.customer_id
)

select * from final
