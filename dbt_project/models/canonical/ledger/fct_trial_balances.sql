-- Grain: one row per ledger, entity, account, local currency and fiscal period, from the account's first posting to the
-- period of the as-of date, also where nothing moved. opening + debits + credits = closing; every ledger, entity and
-- period sums to 0.
-- Opening is the closing of the period before in the entity's own calendar. Over the year end balance-sheet accounts
-- carry on, income and expense accounts begin at 0, and what they had made is in the opening of the entity's retained
-- earnings account (amount_carried_forward_local). Special periods follow the twelfth and exist where the entity posted
-- into one; then every account of the entity has it. Group account and class are those of the period's last day.
-- Where an entity moved to another ERP the old books end with the last period before, and the new ones open with their
-- closing (amount_brought_over_local): on the accounts it was brought over to, and what the two differ by within a group
-- account on the largest of them, or on the old account where nothing was brought over. What differs is in cut_over.
with

journal_lines as (
    select * from {{ ref('fct_journal_lines') }}
),

reported_balances as (
    select * from {{ ref('all_trial_balances') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

entities as (
    select * from {{ ref('dim_entities') }}
),

fiscal_periods as (
    select
        *,
        fiscal_year * 100 + fiscal_period as period_number
    from {{ ref('dim_fiscal_periods') }}
),

accounts as (
    select * from {{ ref('dim_accounts') }}
),

account_slices as (
    select * from {{ ref('dim_account_slices') }}
),

owned_entities as (
    select * from {{ ref('all_entities') }}
),

cut_overs as (
    select
        entity_cut_overs.*,
        owned_entities.chart_code as from_chart_code,
        fiscal_periods.period_number as cut_over_period_number,
        fiscal_periods.fiscal_year as cut_over_fiscal_year,
        fiscal_periods.fiscal_year - case when fiscal_periods.fiscal_period = 1 then 1 else 0 end as last_fiscal_year
    from {{ ref('entity_cut_overs') }} as entity_cut_overs
    inner join entities on entity_cut_overs.entity_id = entities.entity_id
    inner join fiscal_periods
        on
            entities.fiscal_calendar = fiscal_periods.fiscal_calendar
            and not fiscal_periods.is_special
            and entity_cut_overs.cut_over_date >= fiscal_periods.period_start_date
            and entity_cut_overs.cut_over_date <= fiscal_periods.period_end_date
    left join owned_entities
        on
            entity_cut_overs.from_source_instance = owned_entities.source_instance
            and entity_cut_overs.from_source_entity_id = owned_entities.source_entity_id
    where entity_cut_overs.cut_over_date <= {{ as_of_date() }}
),

opening_balances as (
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        account_id,
        sum(amount_local) as amount_local,
        max(recorded_at) as recorded_at,
        {{ newest_load_id() }} as load_id
    from {{ ref('fct_cut_over_lines') }}
    where side = 'opening'
    group by source_instance, ledger_code, entity_id, local_currency, account_id
),

journal_movements as (
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        account_id,
        fiscal_year,
        fiscal_period,
        sum(case when amount_local > 0 then amount_local else 0 end) as amount_debit_local,
        sum(case when amount_local < 0 then amount_local else 0 end) as amount_credit_local,
        count(*) as line_count,
        max(recorded_at) as recorded_at,
        {{ newest_load_id() }} as load_id
    from journal_lines
    group by source_instance, ledger_code, entity_id, local_currency, account_id, fiscal_year, fiscal_period
),

-- A system that reports balances gives one net movement, on the side of its sign.
reported_movements as (
    select
        reported_balances.source_instance,
        reported_balances.ledger_code,
        entity_crosswalk.entity_id,
        reported_balances.local_currency,
        accounts.account_id,
        reported_balances.fiscal_year,
        reported_balances.fiscal_period,
        sum(greatest(reported_balances.amount_movement_local, 0)) as amount_debit_local,
        sum(least(reported_balances.amount_movement_local, 0)) as amount_credit_local,
        coalesce(sum(reported_balances.line_count), 0) as line_count,
        max(reported_balances.recorded_at) as recorded_at,
        {{ newest_load_id('reported_balances.load_id', 'reported_balances.recorded_at') }} as load_id
    from reported_balances
    left join entity_crosswalk
        on
            reported_balances.source_instance = entity_crosswalk.source_instance
            and reported_balances.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('reported_balances.period_end_date', 'entity_crosswalk') }}
    left join accounts
        on
            reported_balances.source_instance = accounts.source_instance
            and reported_balances.chart_code = accounts.chart_code
            and reported_balances.source_account_id = accounts.source_account_id
    group by
        reported_balances.source_instance,
        reported_balances.ledger_code,
        entity_crosswalk.entity_id,
        reported_balances.local_currency,
        accounts.account_id,
        reported_balances.fiscal_year,
        reported_balances.fiscal_period
),

movements as (
    select
        *,
        fiscal_year * 100 + fiscal_period as period_number
    from journal_movements
    union all
    select
        *,
        fiscal_year * 100 + fiscal_period as period_number
    from reported_movements
),

ledgers as (
    select
        *,
        row_number() over (
            partition by source_instance, entity_id, local_currency order by ledger_code
        ) as ledger_rank
    from (
        select distinct
            source_instance,
            entity_id,
            local_currency,
            ledger_code
        from movements
        union
        select
            source_instance,
            entity_id,
            local_currency,
            ledger_code
        from opening_balances
    ) as known_ledgers
),

-- The ledgers of the new books go on with those of the old ones in the order of their codes: the leading one comes first.
-- Until the new books show anything, the old ones simply end later.
continued_books as (
    select
        cut_overs.*,
        old_ledgers.ledger_code as from_ledger_code,
        new_ledgers.ledger_code as to_ledger_code,
        old_ledgers.local_currency
    from cut_overs
    inner join ledgers as old_ledgers
        on
            cut_overs.entity_id = old_ledgers.entity_id
            and cut_overs.from_source_instance = old_ledgers.source_instance
    inner join ledgers as new_ledgers
        on
            cut_overs.entity_id = new_ledgers.entity_id
            and cut_overs.to_source_instance = new_ledgers.source_instance
            and old_ledgers.local_currency = new_ledgers.local_currency
            and old_ledgers.ledger_rank = new_ledgers.ledger_rank
),

periods_with_balances as (
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        period_number
    from movements
    union all
    select
        to_source_instance as source_instance,
        to_ledger_code as ledger_code,
        entity_id,
        local_currency,
        cut_over_period_number as period_number
    from continued_books
),

-- One set of books: what has to sum to 0.
books as (
    select
        periods_with_balances.source_instance,
        periods_with_balances.ledger_code,
        periods_with_balances.entity_id,
        periods_with_balances.local_currency,
        entities.entity_code,
        coalesce(ended_books.from_source_entity_id, entities.source_entity_id) as source_entity_id,
        entities.fiscal_calendar,
        coalesce(ended_books.from_chart_code, entities.chart_code) as chart_code,
        ended_books.cut_over_period_number as ended_before_period_number,
        min(periods_with_balances.period_number) as first_period_number,
        max(periods_with_balances.period_number) as last_posted_period_number
    from periods_with_balances
    inner join entities on periods_with_balances.entity_id = entities.entity_id
    left join continued_books as ended_books
        on
            periods_with_balances.source_instance = ended_books.from_source_instance
            and periods_with_balances.ledger_code = ended_books.from_ledger_code
            and periods_with_balances.entity_id = ended_books.entity_id
            and periods_with_balances.local_currency = ended_books.local_currency
    group by all
),

special_periods_posted as (
    select distinct
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        period_number
    from movements
    where fiscal_period > 12
),

current_periods as (
    select
        fiscal_calendar,
        period_number
    from fiscal_periods
    where
        not is_special
        and {{ as_of_date() }} between period_start_date and period_end_date
),

book_periods as (
    select
        books.source_instance,
        books.ledger_code,
        books.entity_id,
        books.entity_code,
        books.source_entity_id,
        books.local_currency,
        books.chart_code,
        books.fiscal_calendar,
        fiscal_periods.fiscal_year,
        fiscal_periods.fiscal_period,
        fiscal_periods.period_number,
        fiscal_periods.period_start_date,
        fiscal_periods.period_end_date,
        fiscal_periods.calendar_month,
        fiscal_periods.is_special
    from books
    inner join current_periods on books.fiscal_calendar = current_periods.fiscal_calendar
    inner join fiscal_periods
        on
            books.fiscal_calendar = fiscal_periods.fiscal_calendar
            and books.first_period_number <= fiscal_periods.period_number
            and greatest(books.last_posted_period_number, current_periods.period_number)
            >= fiscal_periods.period_number
            and (
                books.ended_before_period_number is null
                or books.ended_before_period_number > fiscal_periods.period_number
            )
    left join special_periods_posted
        on
            books.source_instance = special_periods_posted.source_instance
            and books.ledger_code = special_periods_posted.ledger_code
            and books.entity_id = special_periods_posted.entity_id
            and books.local_currency = special_periods_posted.local_currency
            and fiscal_periods.period_number = special_periods_posted.period_number
    where not fiscal_periods.is_special or special_periods_posted.period_number is not null
),

-- The first period of every year but the first, with the account that takes over the result of the year before: the
-- account of the entity's chart that the group chart reports as retained earnings on that day. A chart without one gets
-- a line of that name among the unmapped accounts, because a result that goes nowhere would unbalance the books.
year_starts as (
    select
        book_periods.source_instance,
        book_periods.ledger_code,
        book_periods.entity_id,
        book_periods.local_currency,
        book_periods.fiscal_year,
        book_periods.fiscal_period,
        book_periods.period_number,
        coalesce(
            min_by(account_slices.account_id, account_slices.source_account_id),
            {{ surrogate_key([
                'book_periods.source_instance', 'book_periods.chart_code', "'RETAINED EARNINGS'"
            ]) }}
        ) as account_id
    from book_periods
    left join account_slices
        on
            book_periods.source_instance = account_slices.source_instance
            and book_periods.chart_code = account_slices.chart_code
            and lower(account_slices.statement_line) = 'retained earnings'
            and {{ is_valid_on('book_periods.period_start_date', 'account_slices') }}
    where book_periods.fiscal_period = 1
    group by
        book_periods.source_instance,
        book_periods.ledger_code,
        book_periods.entity_id,
        book_periods.local_currency,
        book_periods.chart_code,
        book_periods.fiscal_year,
        book_periods.fiscal_period,
        book_periods.period_number
),

-- The year in which an entity moved has two books, and is carried forward in the new ones.
movements_of_years as (
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        account_id,
        fiscal_year,
        amount_debit_local + amount_credit_local as amount_local,
        recorded_at,
        load_id
    from movements
    union all
    select
        continued_books.to_source_instance as source_instance,
        continued_books.to_ledger_code as ledger_code,
        movements.entity_id,
        movements.local_currency,
        movements.account_id,
        movements.fiscal_year,
        movements.amount_debit_local + movements.amount_credit_local as amount_local,
        movements.recorded_at,
        movements.load_id
    from movements
    inner join continued_books
        on
            movements.source_instance = continued_books.from_source_instance
            and movements.ledger_code = continued_books.from_ledger_code
            and movements.entity_id = continued_books.entity_id
            and movements.local_currency = continued_books.local_currency
            and movements.fiscal_year = continued_books.last_fiscal_year
),

results_of_years as (
    select
        movements_of_years.source_instance,
        movements_of_years.ledger_code,
        movements_of_years.entity_id,
        movements_of_years.local_currency,
        movements_of_years.fiscal_year,
        sum(movements_of_years.amount_local) as amount_local,
        max(movements_of_years.recorded_at) as recorded_at,
        {{ newest_load_id('movements_of_years.load_id', 'movements_of_years.recorded_at') }} as load_id
    from movements_of_years
    inner join accounts on movements_of_years.account_id = accounts.account_id
    where not accounts.is_balance_sheet
    group by
        movements_of_years.source_instance,
        movements_of_years.ledger_code,
        movements_of_years.entity_id,
        movements_of_years.local_currency,
        movements_of_years.fiscal_year
),

carried_forward as (
    select
        year_starts.source_instance,
        year_starts.ledger_code,
        year_starts.entity_id,
        year_starts.local_currency,
        year_starts.account_id,
        year_starts.period_number,
        results_of_years.amount_local,
        results_of_years.recorded_at,
        results_of_years.load_id
    from year_starts
    inner join results_of_years
        on
            year_starts.source_instance = results_of_years.source_instance
            and year_starts.ledger_code = results_of_years.ledger_code
            and year_starts.entity_id = results_of_years.entity_id
            and year_starts.local_currency = results_of_years.local_currency
            and year_starts.fiscal_year = results_of_years.fiscal_year + 1
),

amounts_of_books as (
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        account_id,
        fiscal_year,
        amount_debit_local + amount_credit_local as amount_local,
        recorded_at,
        load_id
    from movements
    union all
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        account_id,
        cast(null as integer) as fiscal_year,
        amount_local,
        recorded_at,
        load_id
    from carried_forward
),

-- What the old books close with, under the names of the new ones: income and expense of the year that goes on.
old_balances as (
    select
        continued_books.to_source_instance as source_instance,
        continued_books.to_ledger_code as ledger_code,
        continued_books.entity_id,
        continued_books.local_currency,
        continued_books.cut_over_date,
        continued_books.cut_over_period_number,
        of_old_books.account_id,
        coalesce(accounts.is_balance_sheet, true) as is_balance_sheet,
        sum(of_old_books.amount_local) as amount_local,
        max(of_old_books.recorded_at) as recorded_at,
        {{ newest_load_id('of_old_books.load_id', 'of_old_books.recorded_at') }} as load_id
    from continued_books
    inner join amounts_of_books as of_old_books
        on
            continued_books.from_source_instance = of_old_books.source_instance
            and continued_books.from_ledger_code = of_old_books.ledger_code
            and continued_books.entity_id = of_old_books.entity_id
            and continued_books.local_currency = of_old_books.local_currency
    left join accounts on of_old_books.account_id = accounts.account_id
    where
        coalesce(accounts.is_balance_sheet, true)
        or of_old_books.fiscal_year = continued_books.cut_over_fiscal_year
    group by all
),

balances_to_bring_over as (
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        cut_over_date,
        cut_over_period_number,
        account_id,
        is_balance_sheet,
        amount_local as amount_old_local,
        0 as amount_new_local,
        recorded_at,
        load_id
    from old_balances
    union all
    select
        opening_balances.source_instance,
        opening_balances.ledger_code,
        opening_balances.entity_id,
        opening_balances.local_currency,
        continued_books.cut_over_date,
        continued_books.cut_over_period_number,
        opening_balances.account_id,
        coalesce(accounts.is_balance_sheet, true) as is_balance_sheet,
        0 as amount_old_local,
        opening_balances.amount_local as amount_new_local,
        opening_balances.recorded_at,
        opening_balances.load_id
    from opening_balances
    inner join continued_books
        on
            opening_balances.source_instance = continued_books.to_source_instance
            and opening_balances.ledger_code = continued_books.to_ledger_code
            and opening_balances.entity_id = continued_books.entity_id
            and opening_balances.local_currency = continued_books.local_currency
    left join accounts on opening_balances.account_id = accounts.account_id
),

brought_over as (
    select
        balances_to_bring_over.*,
        sum(amount_old_local - amount_new_local) over of_group as amount_not_explained_local,
        row_number() over (
            partition by
                balances_to_bring_over.source_instance, balances_to_bring_over.ledger_code,
                balances_to_bring_over.entity_id, balances_to_bring_over.local_currency,
                account_slices.group_account_code, balances_to_bring_over.is_balance_sheet
            order by
                abs(balances_to_bring_over.amount_new_local) desc,
                abs(balances_to_bring_over.amount_old_local) desc,
                balances_to_bring_over.account_id
        ) as place_in_group
    from balances_to_bring_over
    left join account_slices
        on
            balances_to_bring_over.account_id = account_slices.account_id
            and {{ is_valid_on('balances_to_bring_over.cut_over_date', 'account_slices') }}
    window of_group as (
        partition by
            balances_to_bring_over.source_instance, balances_to_bring_over.ledger_code,
            balances_to_bring_over.entity_id, balances_to_bring_over.local_currency,
            account_slices.group_account_code, balances_to_bring_over.is_balance_sheet
    )
),

opened as (
    select
        *,
        amount_new_local + case when place_in_group = 1 then amount_not_explained_local else 0 end
            as amount_brought_over_local
    from brought_over
),

changes as (
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        account_id,
        period_number,
        amount_debit_local,
        amount_credit_local,
        line_count,
        0 as amount_carried_forward_local,
        0 as amount_brought_over_local,
        recorded_at,
        load_id
    from movements
    union all
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        account_id,
        period_number,
        0 as amount_debit_local,
        0 as amount_credit_local,
        0 as line_count,
        amount_local as amount_carried_forward_local,
        0 as amount_brought_over_local,
        recorded_at,
        load_id
    from carried_forward
    union all
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        account_id,
        cut_over_period_number as period_number,
        0 as amount_debit_local,
        0 as amount_credit_local,
        0 as line_count,
        0 as amount_carried_forward_local,
        amount_brought_over_local,
        recorded_at,
        load_id
    from opened
    where amount_brought_over_local <> 0
),

changes_of_periods as (
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        account_id,
        period_number,
        sum(amount_debit_local) as amount_debit_local,
        sum(amount_credit_local) as amount_credit_local,
        sum(line_count) as line_count,
        sum(amount_carried_forward_local) as amount_carried_forward_local,
        sum(amount_brought_over_local) as amount_brought_over_local,
        max(recorded_at) as recorded_at,
        {{ newest_load_id() }} as load_id
    from changes
    group by source_instance, ledger_code, entity_id, local_currency, account_id, period_number
),

accounts_of_books as (
    select
        source_instance,
        ledger_code,
        entity_id,
        local_currency,
        account_id,
        min(period_number) as first_period_number
    from changes_of_periods
    group by source_instance, ledger_code, entity_id, local_currency, account_id
),

account_periods as (
    select
        book_periods.*,
        accounts_of_books.account_id,
        coalesce(accounts.is_balance_sheet, true) as is_balance_sheet,
        coalesce(changes_of_periods.amount_debit_local, 0) as amount_debit_local,
        coalesce(changes_of_periods.amount_credit_local, 0) as amount_credit_local,
        coalesce(changes_of_periods.line_count, 0) as line_count,
        coalesce(changes_of_periods.amount_carried_forward_local, 0) as amount_carried_forward_local,
        coalesce(changes_of_periods.amount_brought_over_local, 0) as amount_brought_over_local,
        changes_of_periods.recorded_at,
        changes_of_periods.load_id
    from accounts_of_books
    inner join book_periods
        on
            accounts_of_books.source_instance = book_periods.source_instance
            and accounts_of_books.ledger_code = book_periods.ledger_code
            and accounts_of_books.entity_id = book_periods.entity_id
            and accounts_of_books.local_currency = book_periods.local_currency
            and accounts_of_books.first_period_number <= book_periods.period_number
    left join accounts on accounts_of_books.account_id = accounts.account_id
    left join changes_of_periods
        on
            accounts_of_books.source_instance = changes_of_periods.source_instance
            and accounts_of_books.ledger_code = changes_of_periods.ledger_code
            and accounts_of_books.entity_id = changes_of_periods.entity_id
            and accounts_of_books.local_currency = changes_of_periods.local_currency
            and accounts_of_books.account_id = changes_of_periods.account_id
            and book_periods.period_number = changes_of_periods.period_number
),

balances as (
    select
        *,
        sum(
            amount_carried_forward_local + amount_brought_over_local + amount_debit_local + amount_credit_local
        ) over (
            partition by
                source_instance, ledger_code, entity_id, local_currency, account_id,
                case when is_balance_sheet then 0 else fiscal_year end
            order by period_number
            rows between unbounded preceding and current row
        ) as amount_closing_local,
        {{ last_known(
            'recorded_at',
            ['source_instance', 'ledger_code', 'entity_id', 'local_currency', 'account_id'],
            ['period_number']
        ) }} as last_recorded_at,
        {{ last_known(
            'load_id',
            ['source_instance', 'ledger_code', 'entity_id', 'local_currency', 'account_id'],
            ['period_number']
        ) }} as last_load_id
    from account_periods
),

final as (
    select
        {{ surrogate_key([
            'balances.source_instance', 'balances.ledger_code', 'balances.entity_code', 'balances.account_id',
            'balances.local_currency', 'balances.fiscal_year', 'balances.fiscal_period'
        ]) }} as trial_balance_id,
        balances.ledger_code,
        balances.entity_id,
        balances.entity_code,
        balances.account_id,
        coalesce(account_slices.chart_code, balances.chart_code) as chart_code,
        coalesce(account_slices.source_account_id, 'RETAINED EARNINGS') as source_account_id,
        coalesce(account_slices.group_account_code, 'UNMAPPED') as group_account_code,
        coalesce(account_slices.account_class, 'unmapped') as account_class,
        balances.is_balance_sheet,
        balances.fiscal_calendar,
        balances.fiscal_year,
        balances.fiscal_period,
        balances.is_special,
        balances.period_end_date,
        balances.calendar_month,
        balances.local_currency,
        cast(
            balances.amount_closing_local - balances.amount_debit_local - balances.amount_credit_local
            as {{ type_amount() }}
        ) as amount_opening_local,
        cast(balances.amount_debit_local as {{ type_amount() }}) as amount_debit_local,
        cast(balances.amount_credit_local as {{ type_amount() }}) as amount_credit_local,
        cast(balances.amount_closing_local as {{ type_amount() }}) as amount_closing_local,
        cast(balances.amount_carried_forward_local as {{ type_amount() }}) as amount_carried_forward_local,
        cast(balances.amount_brought_over_local as {{ type_amount() }}) as amount_brought_over_local,
        cast(balances.line_count as bigint) as line_count,
        balances.source_instance,
        balances.source_entity_id,
        balances.last_load_id as load_id,
        balances.last_recorded_at as recorded_at
    from balances
    left join account_slices
        on
            balances.account_id = account_slices.account_id
            and {{ is_valid_on('balances.period_end_date', 'account_slices') }}
)

select * from final
