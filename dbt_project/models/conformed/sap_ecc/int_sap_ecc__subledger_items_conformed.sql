-- Grain: one row per customer or supplier item of a posted document. Amounts are signed as in the ledger: a customer
-- owes > 0, a supplier is owed < 0. A partial payment is an item of its own.
with

items as (
    select * from {{ ref('int_sap_ecc__posted_items') }}
    where financial_account_type in ('D', 'K')
),

final as (
    select
        case financial_account_type when 'D' then 'AR' when 'K' then 'AP' end as subledger,
        source_entity_id,
        fiscal_year,
        document_number,
        line_number,
        fiscal_period,
        document_type,
        {{ sap_item_type('document_type') }} as item_type,
        case financial_account_type when 'D' then source_customer_id when 'K' then source_supplier_id end
            as source_counterparty_id,
        source_account_id,
        chart_code,
        posting_date,
        document_date,
        net_due_date as due_date,
        cast(null as date) as terms_due_date,
        amount_transaction,
        transaction_currency,
        amount_local,
        local_currency,
        clearing_date,
        clearing_document_number,
        reference_document,
        billing_document_number,
        is_reversal,
        is_reversed,
        cast(null as varchar) as payment_terms_code,
        source_instance,
        load_id,
        recorded_at
    from items
)

select * from final
