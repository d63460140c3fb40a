-- Grain: one row per invoice or credit note of billing that the ERP should know, in transaction currency. A draft is
-- not a document yet; a void invoice claims nothing, so its amount is 0.
with

billing_invoices as (select * from {{ ref('fct_billing_invoices') }}),

entities as (select * from {{ ref('dim_entities') }}),

fiscal_periods as (select * from {{ ref('dim_fiscal_periods') }}),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'billing_to_erp'
),

final as (
    select
        billing_invoices.invoice_id as item_key,
        billing_invoices.source_instance,
        billing_invoices.invoice_number as source_key,
        billing_invoices.entity_code,
        billing_invoices.customer_id as counterparty_key,
        billing_invoices.invoice_date as item_date,
        fiscal_periods.period_end_date,
        {{ days_after('billing_invoices.invoice_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        billing_invoices.transaction_currency as currency_code,
        case
            when billing_invoices.invoice_status = 'void' then 0
            else billing_invoices.amount_gross_transaction
        end as amount,
        billing_invoices.amount_tax_transaction as amount_tax,
        billing_invoices.invoice_status = 'void' as is_void,
        billing_invoices.invoice_number,
        billing_invoices.posting_batch,
        billing_invoices.load_id
    from billing_invoices
    left join entities on billing_invoices.entity_code = entities.entity_code
    left join fiscal_periods
        on
            entities.fiscal_calendar = fiscal_periods.fiscal_calendar
            and not fiscal_periods.is_special
            and billing_invoices.invoice_date >= fiscal_periods.period_start_date
            and billing_invoices.invoice_date <= fiscal_periods.period_end_date
    left join tolerances on billing_invoices.transaction_currency = tolerances.currency_code
    where billing_invoices.invoice_status <> 'draft'
)

select * from final
