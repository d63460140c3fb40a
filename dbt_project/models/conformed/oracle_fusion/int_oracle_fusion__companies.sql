-- Grain: one row per company, a value of the balancing segment that has balances, with the primary ledger that keeps its
-- books and the legal entity of the same identifier. A company in two primary ledgers would be two sets of books: the
-- test of the grain stops it.
with

balances as (
    select distinct
        source_instance,
        ledger_id,
        company_code
    from {{ ref('int_oracle_fusion__balances') }}
),

ledgers as (
    select * from {{ ref('int_oracle_fusion__ledgers') }}
),

legal_entities as (
    select * from {{ ref('stg_oracle_fusion__legal_entities') }}
),

parties as (
    select * from {{ ref('stg_oracle_fusion__parties') }}
),

final as (
    select
        balances.company_code,
        balances.ledger_id,
        legal_entities.legal_entity_name as company_name,
        parties.country_code,
        ledgers.local_currency,
        ledgers.fiscal_calendar,
        ledgers.chart_code,
        balances.source_instance,
        coalesce(legal_entities.load_id, ledgers.load_id) as load_id,
        coalesce(legal_entities.recorded_at, ledgers.recorded_at) as recorded_at
    from balances
    inner join ledgers
        on
            balances.source_instance = ledgers.source_instance
            and balances.ledger_id = ledgers.ledger_id
    left join legal_entities
        on
            balances.source_instance = legal_entities.source_instance
            and balances.company_code = legal_entities.legal_entity_identifier
    left join parties
        on
            legal_entities.source_instance = parties.source_instance
            and legal_entities.party_id = parties.party_id
)

select * from final
