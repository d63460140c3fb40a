-- Grain: one row per posting layer, legal entity and period: what Finance & Operations itself sums and counts. Debits > 0,
-- credits <= 0, told apart by the sign of the amount, because a correction turns it. Year-end transfers are in no ledger
-- that they could be held against. Opening balances count to the first period, as their lines do.
with

ledger_totals as (
    select * from {{ ref('stg_d365_finance__ledger_totals') }}
    where not {{ d365_is_year_end_transfer('posting_type') }}
),

ledgers as (
    select * from {{ ref('int_d365_finance__ledgers') }}
),

fiscal_periods as (
    select * from {{ ref('int_d365_finance__fiscal_periods') }}
),

final as (
    select
        ledger_totals.posting_layer as ledger_code,
        ledgers.source_entity_id,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        cast(sum(ledger_totals.line_count) as bigint) as line_count,
        cast(sum(ledger_totals.amount_debit_local) as {{ type_amount() }}) as amount_debit_local,
        cast(sum(ledger_totals.amount_credit_local) as {{ type_amount() }}) as amount_credit_local,
        ledgers.local_currency,
        ledger_totals.source_instance,
        {{ newest_load_id('ledger_totals.load_id', 'ledger_totals.recorded_at') }} as load_id,
        max(ledger_totals.recorded_at) as recorded_at
    from ledger_totals
    inner join ledgers
        on
            ledger_totals.source_instance = ledgers.source_instance
            and ledger_totals.ledger_record_id = ledgers.ledger_record_id
    left join fiscal_periods
        on
            ledger_totals.source_instance = fiscal_periods.source_instance
            and ledger_totals.period_record_id = fiscal_periods.period_record_id
    group by
        ledger_totals.posting_layer,
        ledgers.source_entity_id,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        ledgers.local_currency,
        ledger_totals.source_instance
)

select * from final
