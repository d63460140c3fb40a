-- What affiliates claim and owe is what stands on the intercompany accounts of their leading ledgers: a claim on a balance
-- sheet account and an expense are debits, a debt and an income are credits.
with

items as (
    select
        source_instance,
        entity_code,
        currency_code,
        sum(case when is_claim = is_balance then amount else -amount end) as amount_of_items
    from {{ ref('intercompany_items') }}
    group by source_instance, entity_code, currency_code
),

books as (
    select
        journal_lines.source_instance,
        journal_lines.entity_code,
        journal_lines.transaction_currency as currency_code,
        sum(journal_lines.amount_transaction) as amount_of_books
    from {{ ref('fct_journal_lines') }} as journal_lines
    inner join {{ ref('leading_ledgers') }} as leading_ledgers
        on
            journal_lines.entity_code = leading_ledgers.entity_code
            and journal_lines.source_instance = leading_ledgers.source_instance
            and journal_lines.ledger_code = leading_ledgers.ledger_code
    inner join {{ ref('dim_account_slices') }} as account_slices
        on
            journal_lines.account_id = account_slices.account_id
            and account_slices.elimination_group is not null
            and {{ is_valid_on('journal_lines.posting_date', 'account_slices') }}
    where journal_lines.posting_date <= {{ as_of_date() }}
    group by journal_lines.source_instance, journal_lines.entity_code, journal_lines.transaction_currency
)

select *
from items
full outer join books
    on
        items.source_instance = books.source_instance
        and items.entity_code = books.entity_code
        and items.currency_code is not distinct from books.currency_code
where coalesce(items.amount_of_items, 0) <> coalesce(books.amount_of_books, 0)
