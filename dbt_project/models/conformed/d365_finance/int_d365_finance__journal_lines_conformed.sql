-- Grain: one row per line of a posted entry, without year-end transfers. amount_… are signed, debit > 0. The voucher is
-- the document; the line is told by its record, because a voucher may be on several entries.
with

lines as (
    select * from {{ ref('int_d365_finance__ledger_lines') }}
    where not is_year_end_transfer
),

-- The ledger names no partner: its vouchers are found again among the transactions of customers and vendors.
partners_of_vouchers as (
    select
        source_instance,
        source_entity_id,
        voucher,
        posting_date,
        subledger,
        case when min(source_counterparty_id) = max(source_counterparty_id) then min(source_counterparty_id) end
            as source_counterparty_id
    from {{ ref('int_d365_finance__transactions') }}
    group by source_instance, source_entity_id, voucher, posting_date, subledger
),

final as (
    select
        lines.posting_layer as ledger_code,
        lines.source_entity_id,
        lines.fiscal_year,
        lines.fiscal_period,
        lines.voucher as document_number,
        cast(lines.line_record_id as varchar) as line_number,
        lines.journal_category as document_type,
        lines.accounting_date as posting_date,
        coalesce(lines.document_date, lines.accounting_date) as document_date,
        lines.created_at as entry_timestamp,
        lines.chart_code,
        lines.source_account_id,
        lines.cost_centre_code as source_cost_centre_id,
        lines.profit_centre_code,
        case partners_of_vouchers.subledger when 'AR' then partners_of_vouchers.source_counterparty_id end
            as source_customer_id,
        case partners_of_vouchers.subledger when 'AP' then partners_of_vouchers.source_counterparty_id end
            as source_supplier_id,
        cast(null as varchar) as source_product_id,
        cast(null as varchar) as partner_source_entity_id,
        lines.amount_transaction,
        lines.transaction_currency,
        lines.amount_local,
        lines.local_currency,
        false as is_amount_local_derived,
        lines.document_reference as reference_document,
        coalesce(lines.payment_reference, lines.document_reference) as assignment_reference,
        lines.is_correction as is_reversal,
        false as is_reversed,
        cast(null as varchar) as reverses_document_number,
        lines.line_text,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    left join partners_of_vouchers
        on
            lines.source_instance = partners_of_vouchers.source_instance
            and lines.source_entity_id = partners_of_vouchers.source_entity_id
            and lines.voucher = partners_of_vouchers.voucher
            and lines.accounting_date = partners_of_vouchers.posting_date
            and lines.posting_type
            = case partners_of_vouchers.subledger when 'AR' then 'CustBalance' else 'VendBalance' end
)

select * from final
