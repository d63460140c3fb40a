-- Grain: one row per line of a posted entry, year-end transfers among them. Amounts are signed, debit > 0, whatever the
-- flags for credit and correction say. Currency, chart and company are those of the entry's ledger, the period is the
-- entry's own. The main account is told by its record; dimensions count only where the account's text begins with it.
with

lines as (
    select * from {{ ref('stg_d365_finance__journal_lines') }}
    where not is_removed
),

entries as (
    select * from {{ ref('stg_d365_finance__journal_entries') }}
),

ledgers as (
    select * from {{ ref('int_d365_finance__ledgers') }}
),

fiscal_periods as (
    select * from {{ ref('int_d365_finance__fiscal_periods') }}
),

accounts as (
    select * from {{ ref('stg_d365_finance__main_accounts') }}
),

account_dimensions as (
    select * from {{ ref('int_d365_finance__account_dimensions') }}
),

final as (
    select
        lines.line_record_id,
        lines.entry_record_id,
        entries.posting_layer,
        ledgers.source_entity_id,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        fiscal_periods.period_type,
        -- An entry that no subledger posted has no voucher.
        coalesce(entries.voucher, entries.journal_number) as voucher,
        entries.journal_category,
        entries.accounting_date,
        entries.document_date,
        entries.created_at,
        ledgers.chart_code,
        -- An account that is not known yet is told apart by its record.
        coalesce(accounts.account_number, cast(lines.account_record_id as varchar)) as source_account_id,
        case
            when accounts.account_number = account_dimensions.account_number then account_dimensions.cost_centre_code
        end as cost_centre_code,
        case
            when accounts.account_number = account_dimensions.account_number then account_dimensions.profit_centre_code
        end as profit_centre_code,
        lines.amount_transaction,
        lines.transaction_currency,
        lines.amount_local,
        ledgers.local_currency,
        lines.amount_reporting,
        ledgers.reporting_currency,
        lines.posting_type,
        {{ d365_is_year_end_transfer('lines.posting_type') }} as is_year_end_transfer,
        lines.is_correction,
        entries.document_reference,
        lines.payment_reference,
        lines.line_text,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    inner join entries
        on
            lines.source_instance = entries.source_instance
            and lines.entry_record_id = entries.entry_record_id
    inner join ledgers
        on
            entries.source_instance = ledgers.source_instance
            and entries.ledger_record_id = ledgers.ledger_record_id
    left join fiscal_periods
        on
            entries.source_instance = fiscal_periods.source_instance
            and entries.period_record_id = fiscal_periods.period_record_id
    left join accounts
        on
            lines.source_instance = accounts.source_instance
            and lines.account_record_id = accounts.account_record_id
    left join account_dimensions
        on
            lines.source_instance = account_dimensions.source_instance
            and entries.ledger_record_id = account_dimensions.ledger_record_id
            and lines.ledger_account = account_dimensions.ledger_account
)

select * from final
