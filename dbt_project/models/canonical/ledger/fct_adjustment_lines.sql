-- Grain: one row per line of an approved manual adjustment, and one more, with the opposite sign, once the day has come on
-- which it is taken back (entry_kind reversal). Debit > 0, credit < 0; every journal and every reversal sums to 0.
-- The ledger is not touched: adjustments stand beside it, on accounts of the group chart, in the fiscal period of the
-- entity. One whose entity is not known, or keeps its books in another currency, is in no books (is_in_books) and in the
-- work queue.
with

adjustment_rows as (
    select * from {{ ref('adjustment_rows') }}
    where rejection_reason is null
),

entities as (
    select * from {{ ref('dim_entities') }}
),

fiscal_periods as (
    select * from {{ ref('dim_fiscal_periods') }}
    where not is_special
),

group_accounts as (
    select * from {{ ref('map_group_accounts') }}
),

entries as (
    select
        *,
        'adjustment' as entry_kind,
        posting_date as entry_date,
        amount_local as entry_amount
    from adjustment_rows
    union all
    select
        *,
        'reversal' as entry_kind,
        reversal_date as entry_date,
        -amount_local as entry_amount
    from adjustment_rows
),

final as (
    select
        {{ surrogate_key(['entries.adjustment_code', 'entries.line_number', 'entries.entry_kind']) }}
            as adjustment_line_id,
        entries.adjustment_code,
        entries.line_number,
        entries.entry_kind,
        entries.ledger_code,
        entities.entity_id,
        entries.entity_code,
        entries.entry_date as posting_date,
        fiscal_periods.fiscal_calendar,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        fiscal_periods.period_end_date,
        fiscal_periods.calendar_month,
        coalesce(entities.local_currency = entries.local_currency and fiscal_periods.fiscal_year is not null, false)
            as is_in_books,
        entries.group_account_code,
        group_accounts.account_class,
        entries.entry_amount as amount_local,
        entries.local_currency,
        entries.proposed_by,
        entries.approved_by,
        entries.reason
    from entries
    left join entities on entries.entity_code = entities.entity_code
    left join fiscal_periods
        on
            entities.fiscal_calendar = fiscal_periods.fiscal_calendar
            and entries.entry_date >= fiscal_periods.period_start_date
            and entries.entry_date <= fiscal_periods.period_end_date
    left join group_accounts
        on
            entries.group_account_code = group_accounts.group_account_code
            and {{ is_valid_on('entries.posting_date', 'group_accounts') }}
    where entries.entry_date <= {{ as_of_date() }}
)

select * from final
