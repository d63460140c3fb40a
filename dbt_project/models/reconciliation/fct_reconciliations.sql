-- Grain: one row per compared item of every reconciliation.
with

reconciliations as (
    select * from {{ ref('rec_ledger_completeness') }}
    union all
    select * from {{ ref('rec_ar_subledger_to_gl') }}
    union all
    select * from {{ ref('rec_ap_subledger_to_gl') }}
    union all
    select * from {{ ref('rec_cut_over') }}
    union all
    select * from {{ ref('rec_billing_to_erp') }}
    union all
    select * from {{ ref('rec_billing_to_cash') }}
    union all
    select * from {{ ref('rec_bookings_to_billing') }}
    union all
    select * from {{ ref('rec_usage_to_billing') }}
    union all
    select * from {{ ref('rec_deferred_revenue_to_gl') }}
    union all
    select * from {{ ref('rec_payout_to_bank') }}
    union all
    select * from {{ ref('rec_bank_to_ledger') }}
    union all
    select * from {{ ref('rec_bank_balance_to_ledger') }}
    union all
    select * from {{ ref('rec_payroll_to_ledger') }}
    union all
    select * from {{ ref('rec_receipts_to_invoices') }}
    union all
    select * from {{ ref('rec_procurement_to_ap') }}
    union all
    select * from {{ ref('rec_open_receipts_to_gl') }}
    union all
    select * from {{ ref('rec_intercompany') }}
    union all
    select * from {{ ref('rec_crm_orders_to_erp_orders') }}
    union all
    select * from {{ ref('rec_plan_completeness') }}
    union all
    select * from {{ ref('rec_plan_to_chart') }}
    union all
    select * from {{ ref('rec_customer_master') }}
),

final as (
    select
        reconciliation_name,
        item_id,
        entity_code,
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
        amount_difference,
        amount_difference_group,
        group_currency,
        outcome,
        cause,
        rule_name,
        exception_type,
        natural_key
    from reconciliations
)

select * from final
