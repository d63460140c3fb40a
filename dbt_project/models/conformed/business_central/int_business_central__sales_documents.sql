-- Grain: one row per posted sales invoice or credit memo. Amounts have the sign of the receivable: Business Central
-- states a credit memo above zero, here it is below.
with

documents as (
    select
        company_id,
        record_id,
        document_number,
        document_date,
        due_date,
        coalesce(bill_to_customer_number, sell_to_customer_number) as customer_number,
        currency_code,
        amount_net,
        amount_tax,
        amount_gross,
        amount_gross - amount_remaining as amount_paid,
        document_status,
        'invoice' as invoice_type,
        modified_at,
        source_instance,
        load_id,
        recorded_at
    from {{ ref('stg_business_central__sales_invoices') }}
    union all
    select
        company_id,
        record_id,
        document_number,
        document_date,
        due_date,
        coalesce(bill_to_customer_number, sell_to_customer_number) as customer_number,
        currency_code,
        -amount_net as amount_net,
        -amount_tax as amount_tax,
        -amount_gross as amount_gross,
        -- The API does not tell what remains of a credit memo.
        case when document_status in ('Paid', 'Corrective') then -amount_gross else 0 end as amount_paid,
        document_status,
        'credit_note' as invoice_type,
        modified_at,
        source_instance,
        load_id,
        recorded_at
    from {{ ref('stg_business_central__sales_credit_memos') }}
),

companies as (
    select * from {{ ref('int_business_central__companies') }}
),

final as (
    select
        documents.company_id,
        documents.record_id,
        companies.source_entity_id,
        documents.document_number,
        documents.document_date,
        documents.due_date,
        documents.customer_number,
        coalesce(documents.currency_code, companies.local_currency) as transaction_currency,
        cast(documents.amount_net as {{ type_amount() }}) as amount_net,
        cast(documents.amount_tax as {{ type_amount() }}) as amount_tax,
        cast(documents.amount_gross as {{ type_amount() }}) as amount_gross,
        cast(documents.amount_paid as {{ type_amount() }}) as amount_paid,
        documents.document_status,
        documents.invoice_type,
        documents.modified_at,
        documents.source_instance,
        documents.load_id,
        documents.recorded_at
    from documents
    inner join companies
        on
            documents.source_instance = companies.source_instance
            and documents.company_id = companies.company_id
)

select * from final
