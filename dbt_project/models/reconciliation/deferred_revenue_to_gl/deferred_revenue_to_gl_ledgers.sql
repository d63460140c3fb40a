-- Grain: one row per entity and instance with postings on an account for deferred revenue: its leading ledger there, and
-- whether the entity's books keep amounts in other currencies than its own. An entity that moved to another ERP has two.
with

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

accounts as (
    select * from {{ ref('dim_accounts') }}
    where control_account = 'deferred_revenue'
),

ledgers as (select * from {{ ref('leading_ledgers') }}),

entities as (
    select
        entity_code,
        bool_or(knows_other_currencies) as knows_other_currencies
    from ledgers
    group by entity_code
),

final as (
    select distinct
        ledgers.entity_code,
        ledgers.source_instance,
        ledgers.ledger_code,
        entities.knows_other_currencies
    from journal_lines
    inner join accounts on journal_lines.account_id = accounts.account_id
    inner join ledgers
        on
            journal_lines.entity_code = ledgers.entity_code
            and journal_lines.source_instance = ledgers.source_instance
            and journal_lines.ledger_code = ledgers.ledger_code
    inner join entities on ledgers.entity_code = entities.entity_code
)

select * from final
