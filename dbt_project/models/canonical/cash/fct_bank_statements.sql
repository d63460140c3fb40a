-- Grain: one row per bank account and statement, in the order in which the bank made them. Money in the bank > 0.
-- A statement that does not go on where the one before it closed says that one is missing between them
-- (amount_missing); a number left out says so too (is_number_missing), even where no money is missing.
with

bank_statements as (
    select * from {{ ref('all_bank_statements') }}
),

bank_accounts as (
    select * from {{ ref('map_bank_accounts') }}
),

in_order as (
    select
        *,
        lag(amount_closing) over account_statements as closing_before,
        lag(sequence_number) over account_statements as number_before,
        lag(statement_date) over account_statements as previous_statement_date,
        lag(year(statement_date)) over account_statements as year_before,
        row_number() over account_statements as statement_rank,
        count(*) over (partition by source_instance, source_bank_account_id) as statement_count
    from bank_statements
    window account_statements as (
        partition by source_instance, source_bank_account_id
        order by statement_date, sequence_number, source_statement_id
    )
),

final as (
    select
        {{ surrogate_key([
            'in_order.source_instance', 'in_order.source_bank_account_id', 'in_order.source_statement_id'
        ]) }} as bank_statement_id,
        {{ surrogate_key(['in_order.source_instance', 'in_order.source_bank_account_id']) }} as bank_account_id,
        in_order.source_bank_account_id,
        in_order.source_statement_id,
        in_order.sequence_number,
        in_order.statement_date,
        in_order.previous_statement_date,
        bank_accounts.entity_code,
        bank_accounts.source_account_id,
        bank_accounts.entity_code is not null as is_bank_account_mapped,
        in_order.account_currency,
        in_order.amount_opening,
        in_order.amount_closing,
        in_order.entry_count,
        cast(
            in_order.amount_opening - coalesce(in_order.closing_before, in_order.amount_opening)
            as {{ type_amount() }}
        ) as amount_missing,
        -- Parts of a statement share its number; a bank counts on, or begins a year with 1.
        coalesce(
            in_order.sequence_number not in (in_order.number_before, in_order.number_before + 1)
            and not (in_order.sequence_number = 1 and year(in_order.statement_date) > in_order.year_before),
            false
        ) as is_number_missing,
        in_order.statement_rank = 1 as is_first,
        in_order.statement_rank = in_order.statement_count as is_latest,
        in_order.source_instance,
        in_order.load_id,
        in_order.recorded_at
    from in_order
    left join bank_accounts
        on
            in_order.source_instance = bank_accounts.source_instance
            and in_order.source_bank_account_id = bank_accounts.source_bank_account_id
            and {{ is_valid_on('in_order.statement_date', 'bank_accounts') }}
)

select * from final
