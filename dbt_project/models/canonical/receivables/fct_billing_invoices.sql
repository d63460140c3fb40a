-- Grain: one row per invoice or credit note that a billing system issued. Invoices > 0, credit notes and cancelling
-- documents < 0. Drafts and voided documents are here with their status: who counts, chooses.
with

invoices as (
    select * from {{ ref('all_billing_invoices') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

customer_slices as (
    select * from {{ ref('customer_slices') }}
),

final as (
    select
        {{ surrogate_key(['invoices.source_instance', 'invoices.source_invoice_id']) }} as invoice_id,
        invoices.source_invoice_id,
        invoices.invoice_number,
        invoices.invoice_type,
        {{ entity_columns('invoices.source_entity_id') }},
        {{ member_id('invoices.source_customer_id', 'customer_slices.customer_id') }} as customer_id,
        invoices.source_customer_id,
        {{ is_member_known('invoices.source_customer_id', 'customer_slices.customer_id') }} as is_customer_known,
        invoices.invoice_date,
        invoices.due_date,
        invoices.amount_net_transaction,
        invoices.amount_tax_transaction,
        invoices.amount_gross_transaction,
        invoices.amount_paid_transaction,
        invoices.transaction_currency,
        invoices.invoice_status,
        invoices.voided_date,
        case
            when invoices.credited_source_invoice_id is not null
                then {{ surrogate_key(['invoices.source_instance', 'invoices.credited_source_invoice_id']) }}
        end as credited_invoice_id,
        invoices.posting_batch,
        invoices.source_subscription_id,
        invoices.source_instance,
        invoices.source_entity_id,
        invoices.load_id,
        invoices.recorded_at
    from invoices
    left join entity_crosswalk
        on
            invoices.source_instance = entity_crosswalk.source_instance
            and invoices.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('coalesce(invoices.invoice_date, ' ~ as_of_date() ~ ')', 'entity_crosswalk') }}
    left join customer_slices
        on
            invoices.source_instance = customer_slices.source_instance
            and invoices.source_customer_id = customer_slices.source_customer_id
            and {{ is_valid_on('coalesce(invoices.invoice_date, ' ~ as_of_date() ~ ')', 'customer_slices') }}
)

select * from final
