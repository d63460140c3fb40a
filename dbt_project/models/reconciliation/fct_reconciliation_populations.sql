-- Grain: one row per reconciliation, side and currency: what went in, counted on the populations themselves and not on
-- the way a reconciliation reads them, so that what comes out can be held against it.
with

populations as (
    select
        'ledger_completeness' as reconciliation_name,
        'left' as side,
        local_currency as currency_code,
        line_count as item_count,
        amount_debit_local - amount_credit_local as amount
    from {{ ref('fct_control_totals') }}

    union all

    select
        'ledger_completeness' as reconciliation_name,
        'right' as side,
        local_currency as currency_code,
        line_count as item_count,
        amount_debit_local - amount_credit_local as amount
    from {{ ref('fct_ledger_totals') }}

    union all

    select
        'ar_subledger_to_gl' as reconciliation_name,
        'left' as side,
        local_currency as currency_code,
        item_count,
        amount_local as amount
    from {{ ref('fct_ar_open_balances') }}

    union all

    select
        'ap_subledger_to_gl' as reconciliation_name,
        'left' as side,
        local_currency as currency_code,
        item_count,
        amount_local as amount
    from {{ ref('fct_ap_open_balances') }}

    union all

    select
        'cut_over' as reconciliation_name,
        'left' as side,
        local_currency as currency_code,
        1 as item_count,
        amount_brought_over_local as amount
    from {{ ref('fct_trial_balances') }}
    where amount_brought_over_local <> 0

    union all

    select
        'cut_over' as reconciliation_name,
        case when side = 'opening' then 'right' else 'left' end as side,
        local_currency as currency_code,
        1 as item_count,
        amount_local as amount
    from {{ ref('fct_cut_over_lines') }}
    where cut_over_date <= {{ as_of_date() }}

    union all

    select
        'cut_over' as reconciliation_name,
        case when is_handed_over then 'left' else 'right' end as side,
        transaction_currency as currency_code,
        1 as item_count,
        amount_transaction as amount
    from {{ ref('subledger_items') }}
    where is_handed_over or (is_brought_over and open_from_date <= {{ as_of_date() }})

    union all

    select
        'billing_to_erp' as reconciliation_name,
        'left' as side,
        transaction_currency as currency_code,
        1 as item_count,
        case when invoice_status = 'void' then 0 else amount_gross_transaction end as amount
    from {{ ref('fct_billing_invoices') }}
    where invoice_status <> 'draft'

    union all

    select
        'billing_to_erp' as reconciliation_name,
        'right' as side,
        transaction_currency as currency_code,
        1 as item_count,
        amount_transaction as amount
    from {{ ref('fct_ar_items') }}
    where
        item_type in ('invoice', 'credit_memo')
        and not is_brought_over
        and (reference_document is not null or billing_document_number is not null)
        and coalesce(account_id, '') not in (
            select account_id from {{ ref('dim_accounts') }}
            where is_intercompany
        )

    union all

    select
        'bookings_to_billing' as reconciliation_name,
        'left' as side,
        transaction_currency as currency_code,
        1 as item_count,
        amount_total_transaction as amount
    from {{ ref('fct_crm_contracts') }}
    where not is_deleted

    union all

    select
        'bookings_to_billing' as reconciliation_name,
        'right' as side,
        transaction_currency as currency_code,
        1 as item_count,
        cast(null as {{ type_amount() }}) as amount
    from {{ ref('fct_subscriptions') }}

    union all

    select
        'usage_to_billing' as reconciliation_name,
        'left' as side,
        transaction_currency as currency_code,
        1 as item_count,
        cast(null as {{ type_amount() }}) as amount
    from {{ ref('fct_usage') }}

    union all

    select
        'usage_to_billing' as reconciliation_name,
        'right' as side,
        transaction_currency as currency_code,
        1 as item_count,
        amount_net_transaction as amount
    from {{ ref('fct_billing_invoice_lines') }}
    where
        charge_type = 'usage'
        and invoice_status not in ('draft', 'void')

    union all

    select
        'payout_to_bank' as reconciliation_name,
        'left' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('payout_to_bank_payouts') }}

    union all

    select
        'payout_to_bank' as reconciliation_name,
        'right' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('payout_to_bank_receipts') }}

    union all

    select
        'bank_to_ledger' as reconciliation_name,
        'left' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('bank_to_ledger_bank_items') }}

    union all

    select
        'bank_to_ledger' as reconciliation_name,
        'right' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('bank_to_ledger_postings') }}

    union all

    select
        'payroll_to_ledger' as reconciliation_name,
        'left' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('payroll_to_ledger_register') }}

    union all

    select
        'payroll_to_ledger' as reconciliation_name,
        'right' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('payroll_to_ledger_postings') }}

    union all

    select
        'receipts_to_invoices' as reconciliation_name,
        'left' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('receipts_to_invoices_receipts') }}

    union all

    select
        'receipts_to_invoices' as reconciliation_name,
        'right' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('receipts_to_invoices_invoices') }}

    union all

    select
        'procurement_to_ap' as reconciliation_name,
        'left' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('procurement_to_ap_invoices') }}

    union all

    select
        'procurement_to_ap' as reconciliation_name,
        'right' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('procurement_to_ap_postings') }}

    union all

    select
        'open_receipts_to_gl' as reconciliation_name,
        'left' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('open_receipts_to_gl_order_lines') }}

    union all

    select
        'intercompany' as reconciliation_name,
        case when is_claim then 'left' else 'right' end as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('intercompany_items') }}

    union all

    select
        'crm_orders_to_erp_orders' as reconciliation_name,
        'left' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('crm_orders_to_erp_orders_crm_orders') }}

    union all

    select
        'crm_orders_to_erp_orders' as reconciliation_name,
        'right' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('crm_orders_to_erp_orders_erp_orders') }}

    union all

    select
        'deferred_revenue_to_gl' as reconciliation_name,
        'left' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('deferred_revenue_to_gl_schedule') }}

    union all

    select
        'deferred_revenue_to_gl' as reconciliation_name,
        'right' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('deferred_revenue_to_gl_postings') }}

    union all

    select
        'billing_to_cash' as reconciliation_name,
        'left' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('billing_to_cash_invoices') }}

    union all

    select
        'billing_to_cash' as reconciliation_name,
        'right' as side,
        currency_code,
        1 as item_count,
        amount
    from {{ ref('billing_to_cash_payments') }}

    union all

    select
        'plan_completeness' as reconciliation_name,
        'left' as side,
        transaction_currency as currency_code,
        line_count as item_count,
        amount_source as amount
    from {{ ref('fct_plan_totals') }}

    union all

    -- The planning tool counts no line of nothing.
    select
        'plan_completeness' as reconciliation_name,
        'right' as side,
        transaction_currency as currency_code,
        case when amount_source <> 0 then 1 else 0 end as item_count,
        amount_source as amount
    from {{ ref('fct_plan_lines') }}
    where is_held_against_totals

    union all

    select
        'plan_to_chart' as reconciliation_name,
        'left' as side,
        transaction_currency as currency_code,
        1 as item_count,
        amount_source as amount
    from {{ ref('fct_plan_lines') }}

    union all

    select
        'customer_master' as reconciliation_name,
        'left' as side,
        cast(null as varchar) as currency_code,
        1 as item_count,
        cast(null as {{ type_amount() }}) as amount
    from {{ ref('customer_crosswalk') }}

    union all

    select
        'customer_master' as reconciliation_name,
        'right' as side,
        cast(null as varchar) as currency_code,
        1 as item_count,
        cast(null as {{ type_amount() }}) as amount
    from {{ ref('dim_customers') }}
    where not is_former
),

final as (
    select
        cast(reconciliation_name as varchar) as reconciliation_name,
        cast(side as varchar) as side,
        currency_code,
        cast(sum(item_count) as bigint) as item_count,
        cast(sum(amount) as {{ type_amount() }}) as amount
    from populations
    group by reconciliation_name, side, currency_code
)

select * from final
