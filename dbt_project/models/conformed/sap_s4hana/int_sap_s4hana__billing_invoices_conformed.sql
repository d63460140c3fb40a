-- Grain: one row per billing document. Invoices and debit memos are positive; credit memos and the cancellations of
-- invoices negative, whatever sign SAP states. Both sides of a cancellation have status cancelled and sum to 0.
with

billing_documents as (
    select * from {{ ref('stg_sap_s4hana__billing_documents') }}
),

receivables as (
    select * from {{ ref('stg_sap_s4hana__subledger_items') }}
    where financial_account_type = 'D'
),

-- A billing document knows neither its due date nor its payment: its items in the customer's account do.
settlements as (
    select
        source_instance,
        billing_document_number,
        min(net_due_date) as due_date,
        bool_and(clearing_date is not null) as is_cleared
    from receivables
    where billing_document_number is not null
    group by source_instance, billing_document_number
),

-- A partial payment is an item of its own that names the accounting document it pays.
partial_payments as (
    select
        source_instance,
        source_entity_id,
        invoice_reference_fiscal_year as fiscal_year,
        invoice_reference as document_number,
        -sum(amount_transaction) as amount_paid_transaction
    from receivables
    where invoice_reference is not null and billing_document_number is null
    group by source_instance, source_entity_id, invoice_reference_fiscal_year, invoice_reference
),

signed as (
    select
        *,
        {{ is_billing_credit('document_category') }} as is_credit,
        cast({{ signed_billing_amount('amount_net_transaction', 'document_category') }} as {{ type_amount() }})
            as signed_net_amount,
        cast({{ signed_billing_amount('amount_tax_transaction', 'document_category') }} as {{ type_amount() }})
            as signed_tax_amount,
        cast({{ signed_billing_amount('amount_gross_transaction', 'document_category') }} as {{ type_amount() }})
            as signed_gross_amount
    from billing_documents
),

final as (
    select
        signed.source_invoice_id,
        signed.source_invoice_id as invoice_number,
        case when signed.is_credit then 'credit_note' else 'invoice' end as invoice_type,
        signed.source_entity_id,
        coalesce(signed.payer_source_customer_id, signed.sold_to_source_customer_id) as source_customer_id,
        signed.invoice_date,
        settlements.due_date,
        signed.signed_net_amount as amount_net_transaction,
        signed.signed_tax_amount as amount_tax_transaction,
        signed.signed_gross_amount as amount_gross_transaction,
        cast(
            case
                when settlements.is_cleared then signed.signed_gross_amount
                else coalesce(partial_payments.amount_paid_transaction, 0)
            end as {{ type_amount() }}
        ) as amount_paid_transaction,
        signed.transaction_currency,
        case
            when signed.is_cancelled or signed.cancels_source_invoice_id is not null then 'cancelled'
            -- A pro forma document is never posted.
            when signed.document_category = 'U' then 'draft'
            when settlements.is_cleared then 'paid'
            else 'open'
        end as invoice_status,
        -- SAP posts every billing document by itself.
        cast(null as varchar) as posting_batch,
        cast(null as varchar) as source_subscription_id,
        signed.source_instance,
        signed.load_id,
        signed.recorded_at
    from signed
    left join settlements
        on
            signed.source_instance = settlements.source_instance
            and signed.source_invoice_id = settlements.billing_document_number
    left join partial_payments
        on
            signed.source_instance = partial_payments.source_instance
            and signed.source_entity_id = partial_payments.source_entity_id
            and signed.fiscal_year = partial_payments.fiscal_year
            and signed.document_number = partial_payments.document_number
)

select * from final
