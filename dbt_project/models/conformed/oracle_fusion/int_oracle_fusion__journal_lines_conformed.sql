-- Grain: one row per line of a posted journal in a primary ledger. amount_… are signed, debit > 0. A journal may hold lines
-- of several companies: each of them balances in itself.
with

lines as (
    select * from {{ ref('int_oracle_fusion__journal_lines') }}
),

final as (
    select
        {{ fusion_ledger() }} as ledger_code,
        company_code as source_entity_id,
        fiscal_year,
        fiscal_period,
        header_id as document_number,
        line_number,
        journal_category as document_type,
        effective_date as posting_date,
        document_date,
        created_at as entry_timestamp,
        chart_code,
        account_number as source_account_id,
        cost_centre_code as source_cost_centre_id,
        profit_centre_code,
        customer_number as source_customer_id,
        supplier_number as source_supplier_id,
        -- An item is known to the invoice only.
        cast(null as varchar) as source_product_id,
        partner_company_code as partner_source_entity_id,
        amount_transaction,
        transaction_currency,
        amount_local,
        local_currency,
        false as is_amount_local_derived,
        reference_document,
        assignment_reference,
        is_reversal,
        is_reversed,
        reversed_header_id as reverses_document_number,
        line_text,
        source_instance,
        load_id,
        recorded_at
    from lines
)

select * from final
