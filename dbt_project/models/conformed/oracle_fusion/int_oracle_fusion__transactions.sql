-- Grain: one row per line of a final subledger entry that was transferred to the ledger in detail: whose it is, and which
-- transaction it accounts for. The ledger's line bears the same link.
with

subledger_lines as (
    select * from {{ ref('stg_oracle_fusion__subledger_lines') }}
    where link_id is not null
),

subledger_headers as (
    select * from {{ ref('stg_oracle_fusion__subledger_headers') }}
    where status_code = 'F'
),

subledger_transactions as (
    select * from {{ ref('stg_oracle_fusion__subledger_transactions') }}
),

payments as (
    select * from {{ ref('stg_oracle_fusion__payables_payments') }}
),

customer_accounts as (
    select * from {{ ref('stg_oracle_fusion__customer_accounts') }}
),

suppliers as (
    select * from {{ ref('stg_oracle_fusion__suppliers') }}
),

final as (
    select
        subledger_lines.link_id,
        subledger_lines.link_table,
        subledger_lines.accounting_class,
        subledger_transactions.entity_code,
        subledger_transactions.source_id,
        subledger_transactions.transaction_number,
        -- A payment is called by a number; what the bank knows it by is its description.
        coalesce(payments.payment_reference, subledger_transactions.transaction_number) as payment_reference,
        -- Masters may come late: until then a partner is known by its id.
        case
            when subledger_lines.party_type = 'C'
                then coalesce(customer_accounts.customer_number, subledger_lines.party_id)
        end as customer_number,
        case
            when subledger_lines.party_type = 'S'
                then coalesce(suppliers.supplier_number, subledger_lines.party_id)
        end as supplier_number,
        subledger_lines.source_instance
    from subledger_lines
    inner join subledger_headers
        on
            subledger_lines.source_instance = subledger_headers.source_instance
            and subledger_lines.application_id = subledger_headers.application_id
            and subledger_lines.entry_id = subledger_headers.entry_id
    inner join subledger_transactions
        on
            subledger_headers.source_instance = subledger_transactions.source_instance
            and subledger_headers.transaction_entity_id = subledger_transactions.transaction_entity_id
    left join payments
        on
            subledger_transactions.source_instance = payments.source_instance
            and subledger_transactions.source_id = payments.payment_id
            and subledger_transactions.entity_code = 'AP_PAYMENTS'
    left join customer_accounts
        on
            subledger_lines.source_instance = customer_accounts.source_instance
            and subledger_lines.party_id = customer_accounts.customer_account_id
    left join suppliers
        on
            subledger_lines.source_instance = suppliers.source_instance
            and subledger_lines.party_id = suppliers.supplier_id
)

select * from final
