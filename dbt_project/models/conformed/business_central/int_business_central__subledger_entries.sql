-- Grain: one row per ledger entry of a customer or vendor. Amounts are signed as in the ledger: a customer owes > 0, a
-- vendor is owed < 0; the local amount includes what exchange differences have made of it since.
with

entries as (
    select
        *,
        'AR' as subledger
    from {{ ref('stg_business_central__customer_ledger_entries') }}
    union all
    select
        *,
        'AP' as subledger
    from {{ ref('stg_business_central__vendor_ledger_entries') }}
),

posting_groups as (
    select
        *,
        'AR' as subledger
    from {{ ref('stg_business_central__customer_posting_groups') }}
    union all
    select
        *,
        'AP' as subledger
    from {{ ref('stg_business_central__vendor_posting_groups') }}
),

final as (
    select
        entries.subledger,
        entries.company_id,
        entries.entry_number,
        entries.counterparty_number,
        posting_groups.account_number,
        entries.posting_date,
        entries.document_date,
        entries.due_date,
        entries.document_type,
        entries.document_number,
        entries.external_document_number,
        entries.currency_code,
        entries.amount_transaction,
        entries.amount_local,
        entries.is_open,
        nullif(entries.closed_by_entry_number, 0) as closed_by_entry_number,
        entries.closed_date,
        coalesce(entries.reversed_by_entry_number, 0) <> 0 as is_reversed,
        coalesce(entries.reversed_entry_number, 0) <> 0 as is_reversal,
        entries.source_instance,
        entries.load_id,
        entries.recorded_at
    from entries
    left join posting_groups
        on
            entries.source_instance = posting_groups.source_instance
            and entries.subledger = posting_groups.subledger
            and entries.company_id = posting_groups.company_id
            and entries.posting_group_code = posting_groups.posting_group_code
)

select * from final
