-- Grain: one row per line of an invoice or credit memo that Fusion billed itself, with the sign of its document.
with

documents as (
    select * from {{ ref('int_oracle_fusion__sales_documents') }}
),

lines as (
    select * from {{ ref('stg_oracle_fusion__receivables_invoice_lines') }}
    where not is_removed
    union all
    select * from {{ ref('stg_oracle_fusion__receivables_credit_memo_lines') }}
    where not is_removed
),

final as (
    select
        lines.transaction_id as source_invoice_id,
        lines.line_id as source_invoice_line_id,
        lines.product_code as source_product_id,
        cast(null as varchar) as source_price_id,
        'one_off' as charge_type,
        cast(null as date) as service_start_date,
        cast(null as date) as service_end_date,
        cast(abs(coalesce(lines.quantity, 1)) as {{ type_quantity() }}) as quantity,
        lines.amount_net as amount_net_transaction,
        documents.currency_code as transaction_currency,
        cast(null as decimal(18, 12)) as interval_months,
        cast(0 as {{ type_amount() }}) as amount_discount_transaction,
        cast(null as varchar) as source_subscription_id,
        cast(null as varchar) as source_subscription_item_id,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    inner join documents
        on
            lines.source_instance = documents.source_instance
            and lines.transaction_id = documents.transaction_id
)

select * from final
