-- Grain: one row per receivable item of the ERP that refers to a billing document. Payments, items without a reference
-- and receivables from the group's own entities belong to other comparisons.
with

ar_items as (select * from {{ ref('fct_ar_items') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

final as (
    select
        {{ natural_key([
            'ar_items.entity_code', 'ar_items.fiscal_year', 'ar_items.document_number', 'ar_items.line_number'
        ]) }} as item_key,
        ar_items.source_instance,
        {{ natural_key([
            'ar_items.entity_code', 'ar_items.fiscal_year', 'ar_items.document_number', 'ar_items.line_number'
        ]) }} as source_key,
        ar_items.entity_code,
        ar_items.fiscal_year,
        ar_items.document_number,
        ar_items.customer_id as counterparty_key,
        ar_items.posting_date as item_date,
        ar_items.period_end_date,
        cast(null as date) as partner_due_date,
        ar_items.transaction_currency as currency_code,
        ar_items.amount_transaction as amount,
        coalesce(ar_items.billing_document_number, ar_items.reference_document) as reference,
        ar_items.is_reversal,
        ar_items.is_reversed,
        ar_items.load_id
    from ar_items
    left join accounts on ar_items.account_id = accounts.account_id
    where
        ar_items.item_type in ('invoice', 'credit_memo')
        -- The invoice was posted in the books that the entity has left.
        and ar_items.is_brought_over is not true
        and coalesce(ar_items.billing_document_number, ar_items.reference_document) is not null
        and not coalesce(accounts.is_intercompany, false)
)

select * from final
