-- Grain: one row per entity that has postings on an account for deferred revenue: its leading ledger, and whether that
-- keeps amounts in other currencies than the entity's own.
with

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

accounts as (
    select * from {{ ref('dim_accounts') }}
    where control_account = 'deferred_revenue'
),

ledgers as (
    select
        entity_code,
        min(ledger_code) as ledger_code,
        max(case when transaction_currency <> local_currency then 1 else 0 end) = 1 as knows_other_currencies
    from journal_lines
    group by entity_code
),

final as (
    select distinct ledgers.*
    from journal_lines
    inner join accounts on journal_lines.account_id = accounts.account_id
    inner join ledgers
        on journal_lines.entity_code = ledgers.entity_code and journal_lines.ledger_code = ledgers.ledger_code
)

select * from final
