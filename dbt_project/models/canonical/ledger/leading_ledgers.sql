-- Grain: one row per entity and instance that keeps its books. An entity's documents are in all its ledgers: whoever
-- compares them with something that knows no ledgers takes the leading one, which sorts first (0L, 1). An entity that
-- moved to another ERP has one in each. The trap: some ledgers know amounts in local currency only
-- (knows_other_currencies), whatever was invoiced.
with

trial_balances as (
    select * from {{ ref('fct_trial_balances') }}
),

journal_lines as (
    select * from {{ ref('fct_journal_lines') }}
),

ledgers as (
    select
        entity_code,
        source_instance,
        min(ledger_code) as ledger_code,
        min(local_currency) as local_currency
    from trial_balances
    group by entity_code, source_instance
),

ledgers_in_other_currencies as (
    select distinct
        entity_code,
        source_instance
    from journal_lines
    where transaction_currency <> local_currency
),

final as (
    select
        ledgers.*,
        ledgers_in_other_currencies.entity_code is not null as knows_other_currencies
    from ledgers
    left join ledgers_in_other_currencies
        on
            ledgers.entity_code = ledgers_in_other_currencies.entity_code
            and ledgers.source_instance = ledgers_in_other_currencies.source_instance
)

select * from final
