-- Grain: one row per billing document, with the amounts that the stored ones stand for, as SAP states them: positive
-- also on credit memos and cancellations.
with

billing_documents as (
    select * from {{ ref('stg_sap_ecc__billing_documents') }}
),

currency_decimals as (
    select * from {{ ref('stg_sap_ecc__currency_decimals') }}
),

amounts as (
    select
        billing_documents.*,
        currency_decimals.decimals,
        {{ sap_ecc_amount('billing_documents.stored_amount_net', 'currency_decimals.decimals') }}
            as amount_net_transaction,
        {{ sap_ecc_amount('billing_documents.stored_amount_tax', 'currency_decimals.decimals') }}
            as amount_tax_transaction
    from billing_documents
    left join currency_decimals
        on
            billing_documents.source_instance = currency_decimals.source_instance
            and billing_documents.transaction_currency = currency_decimals.currency_code
),

final as (
    select
        source_invoice_id,
        document_category,
        invoice_date,
        is_cancelled,
        cancels_source_invoice_id,
        amount_net_transaction,
        amount_tax_transaction,
        cast(amount_net_transaction + amount_tax_transaction as {{ type_amount() }}) as amount_gross_transaction,
        transaction_currency,
        decimals as currency_decimals,
        source_entity_id,
        fiscal_year,
        document_number,
        sold_to_source_customer_id,
        payer_source_customer_id,
        source_instance,
        load_id,
        recorded_at
    from amounts
)

select * from final
