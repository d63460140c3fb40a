-- Grain: one row per receivable item of the ERP that refers to a billing document. Payments, and items without a
-- reference, belong to other comparisons.
with

ar_items as (select * from {{ ref('fct_ar_items') }}),

final as (
    select
        {{ natural_key(['entity_code', 'fiscal_year', 'document_number', 'line_number']) }} as posting_key,
        source_instance,
        entity_code,
        customer_id,
        coalesce(billing_document_number, reference_document) as reference,
        posting_date,
        period_end_date,
        document_number,
        line_number,
        is_reversal,
        is_reversed,
        transaction_currency,
        amount_transaction as amount,
        load_id
    from ar_items
    where
        item_type in ('invoice', 'credit_memo')
        and coalesce(billing_document_number, reference_document) is not null
)

select * from final
