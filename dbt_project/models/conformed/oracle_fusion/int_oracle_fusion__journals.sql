-- Grain: one row per journal that is part of the books: posted, of actual balances, in a primary ledger, and not deleted.
-- Every other status is of a journal in the making; budgets and encumbrances are no books; statistical journals have no
-- money. What is deleted vanishes from the extracts without a trace but in the keys.
with

journals as (
    select * from {{ ref('stg_oracle_fusion__journal_headers') }}
    where status_code = 'P' and actual_flag = 'A' and currency_code is distinct from 'STAT'
),

ledgers as (
    select * from {{ ref('int_oracle_fusion__ledgers') }}
),

fiscal_periods as (
    select * from {{ ref('int_oracle_fusion__fiscal_periods') }}
),

header_keys as (
    select * from {{ ref('stg_oracle_fusion__journal_header_keys') }}
),

key_extracts as (
    {{ fusion_key_extracts('journalheaderextractpvo') }}
),

final as (
    select
        journals.header_id,
        journals.ledger_id,
        ledgers.local_currency,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        journals.journal_category,
        journals.effective_date,
        journals.reference_date,
        journals.external_reference,
        journals.reversed_header_id,
        coalesce(journals.reversal_status = 'R', false) as is_reversed,
        journals.created_at,
        journals.source_instance,
        journals.load_id,
        journals.recorded_at
    from journals
    inner join ledgers
        on
            journals.source_instance = ledgers.source_instance
            and journals.ledger_id = ledgers.ledger_id
    left join fiscal_periods
        on
            journals.source_instance = fiscal_periods.source_instance
            and journals.ledger_id = fiscal_periods.ledger_id
            and journals.period_name = fiscal_periods.period_name
    left join header_keys
        on
            journals.source_instance = header_keys.source_instance
            and journals.header_id = header_keys.header_id
    left join key_extracts on journals.source_instance = key_extracts.source_instance
    where {{ fusion_exists('journals', 'header_keys', 'header_id', 'key_extracts') }}
)

select * from final
