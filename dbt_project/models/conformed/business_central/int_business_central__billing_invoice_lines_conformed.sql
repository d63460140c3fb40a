-- Grain: one row per line with an amount of a posted sales invoice or credit memo, with the sign of its document. Lines
-- of an account instead of an item have no product.
with

documents as (
    select * from {{ ref('int_business_central__sales_documents') }}
),

lines as (
    select
        *,
        1 as document_sign
    from {{ ref('stg_business_central__sales_invoice_lines') }}
    union all
    select
        *,
        -1 as document_sign
    from {{ ref('stg_business_central__sales_credit_memo_lines') }}
),

final as (
    select
        lines.document_id as source_invoice_id,
        lines.line_id as source_invoice_line_id,
        case
            when lines.line_type = 'Item'
                then {{ business_central_record('documents.source_entity_id', 'lines.object_number') }}
        end as source_product_id,
        cast(null as varchar) as source_price_id,
        'one_off' as charge_type,
        cast(null as date) as service_start_date,
        cast(null as date) as service_end_date,
        lines.quantity,
        cast(lines.document_sign * lines.amount_net as {{ type_amount() }}) as amount_net_transaction,
        documents.transaction_currency,
        cast(null as decimal(18, 12)) as interval_months,
        cast(0 as {{ type_amount() }}) as amount_discount_transaction,
        cast(null as varchar) as source_subscription_id,
        cast(null as varchar) as source_subscription_item_id,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    -- A line that is older than its document was taken out.
    inner join documents
        on
            lines.source_instance = documents.source_instance
            and lines.company_id = documents.company_id
            and lines.document_id = documents.record_id
            and lines.modified_at = documents.modified_at
    where lines.line_type is distinct from 'Comment'
)

select * from final
