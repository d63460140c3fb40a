-- Grain: of every entity that moved to another ERP one row per ledger and group account of its opening balances, per open
-- item of either books, and per ledger and group account that somebody posted to in the old books after they had ended.
-- Left are the old books, right what was brought into the new ones; balances in local currency, items in their own.
-- The trap: an open item that nobody brought over is missing from the balance of its account as well. What the items of an
-- account explain is said on the items, and is no second finding on the balance.
with

cut_overs as (
    select * from {{ ref('entity_cut_overs') }}
    where cut_over_date <= {{ as_of_date() }}
),

cut_over_lines as (select * from {{ ref('fct_cut_over_lines') }}),

items as (
    select * from {{ ref('subledger_items') }}
    where is_handed_over or is_brought_over
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'cut_over'
),

-- What the trial balance opens the new books with is the closing of the old ones.
old_balances as (
    select
        entity_code,
        ledger_code,
        group_account_code,
        local_currency,
        count(*) as item_count,
        {{ newest_load_id() }} as load_id,
        sum(amount_brought_over_local) as amount
    from {{ ref('fct_trial_balances') }}
    where amount_brought_over_local <> 0
    group by entity_code, ledger_code, group_account_code, local_currency
),

new_balances as (
    select
        entity_code,
        ledger_code,
        group_account_code,
        local_currency,
        count(*) as item_count,
        {{ newest_load_id() }} as load_id,
        max(posting_date) as posting_date,
        sum(amount_local) as amount
    from cut_over_lines
    where side = 'opening'
    group by entity_code, ledger_code, group_account_code, local_currency
),

explained_by_items as (
    select
        entity_code,
        group_account_code,
        sum(case when is_handed_over then amount_local else -amount_local end) as amount
    from items
    group by entity_code, group_account_code
),

paired_balances as (
    select
        coalesce(old_balances.entity_code, new_balances.entity_code) as entity_code,
        coalesce(old_balances.ledger_code, new_balances.ledger_code) as ledger_code,
        coalesce(old_balances.group_account_code, new_balances.group_account_code) as group_account_code,
        coalesce(old_balances.local_currency, new_balances.local_currency) as local_currency,
        old_balances.item_count as left_item_count,
        old_balances.load_id as left_load_id,
        old_balances.amount as left_amount,
        new_balances.item_count as right_item_count,
        new_balances.load_id as right_load_id,
        new_balances.posting_date as right_date,
        new_balances.amount as right_amount,
        coalesce(old_balances.amount, 0) - coalesce(new_balances.amount, 0) as amount_difference
    from old_balances
    full outer join new_balances
        on
            old_balances.entity_code = new_balances.entity_code
            and old_balances.ledger_code = new_balances.ledger_code
            and old_balances.group_account_code = new_balances.group_account_code
            and old_balances.local_currency = new_balances.local_currency
),

judged_balances as (
    select
        paired_balances.*,
        cut_overs.cut_over_date,
        cut_overs.from_source_instance,
        cut_overs.to_source_instance,
        case
            when paired_balances.amount_difference = 0 then 'matched'
            when
                abs(paired_balances.amount_difference)
                <= {{ allowed_difference('coalesce(paired_balances.left_amount, 0)', 'tolerances') }}
                then 'matched_within_tolerance'
            when paired_balances.amount_difference = explained_by_items.amount then 'timing'
            when paired_balances.right_item_count is null then 'missing_right'
            when paired_balances.left_item_count is null then 'missing_left'
            else 'amount_difference'
        end as outcome
    from paired_balances
    inner join cut_overs on paired_balances.entity_code = cut_overs.entity_code
    left join explained_by_items
        on
            paired_balances.entity_code = explained_by_items.entity_code
            and paired_balances.group_account_code = explained_by_items.group_account_code
    left join tolerances on paired_balances.local_currency = tolerances.currency_code
),

balances as (
    select
        entity_code,
        {{ month_of('cut_over_date') }} as period_month,
        cast(null as varchar) as counterparty_key,
        local_currency as currency_code,
        case when left_item_count is not null then from_source_instance end as left_instance,
        case
            when left_item_count is not null
                then {{ natural_key(['entity_code', 'ledger_code', 'group_account_code']) }}
        end as left_key,
        left_load_id,
        left_item_count,
        {{ days_after('cut_over_date', -1) }} as left_date,
        left_amount,
        case when right_item_count is not null then to_source_instance end as right_instance,
        case
            when right_item_count is not null
                then {{ natural_key(['entity_code', 'ledger_code', 'group_account_code']) }}
        end as right_key,
        right_load_id,
        right_item_count,
        right_date,
        right_amount,
        outcome,
        case outcome
            when 'timing' then 'open_items'
            when 'missing_right' then 'balance_not_brought_over'
            when 'missing_left' then 'balance_unknown_to_old_books'
            when 'amount_difference' then 'balance_brought_over_differs'
            else 'agrees'
        end as cause,
        'balance' as rule_name,
        case
            when outcome in ('missing_right', 'missing_left', 'amount_difference')
                then {{ natural_key(['to_source_instance', 'entity_code', 'ledger_code', 'group_account_code']) }}
        end as natural_key
    from judged_balances
),

-- The n-th item of a reference and amount with the n-th of the other books; then those that differ in the amount.
numbered_items as (
    select
        items.*,
        cut_overs.cut_over_date,
        {{ natural_key([
            'items.entity_code', 'items.fiscal_year', 'items.document_number', 'items.line_number'
        ]) }} as item_key,
        coalesce(items.reference_document, '') as reference,
        row_number() over (
            partition by
                items.is_handed_over, items.entity_code, items.subledger, items.reference_document,
                items.transaction_currency, items.amount_transaction
            order by items.due_date, items.document_number, items.line_number
        ) as place
    from items
    inner join cut_overs on items.entity_code = cut_overs.entity_code
),

old_items as (
    select * from numbered_items
    where is_handed_over
),

new_items as (
    select * from numbered_items
    where not is_handed_over
),

equal_items as (
    select
        old_items.subledger_item_id as old_item_id,
        new_items.subledger_item_id as new_item_id
    from old_items
    inner join new_items
        on
            old_items.entity_code = new_items.entity_code
            and old_items.subledger = new_items.subledger
            and old_items.reference = new_items.reference
            and old_items.transaction_currency = new_items.transaction_currency
            and old_items.amount_transaction = new_items.amount_transaction
            and old_items.place = new_items.place
),

other_items as (
    select
        *,
        row_number() over (
            partition by is_handed_over, entity_code, subledger, reference, transaction_currency
            order by due_date, document_number, line_number
        ) as place_of_reference
    from numbered_items
    where subledger_item_id not in (
        select old_item_id from equal_items
        union all
        select new_item_id from equal_items
    )
),

other_old_items as (
    select * from other_items
    where is_handed_over
),

other_new_items as (
    select * from other_items
    where not is_handed_over
),

other_pairs as (
    select
        other_old_items.subledger_item_id as old_item_id,
        other_new_items.subledger_item_id as new_item_id
    from other_old_items
    full outer join other_new_items
        on
            other_old_items.entity_code = other_new_items.entity_code
            and other_old_items.subledger = other_new_items.subledger
            and other_old_items.reference = other_new_items.reference
            and other_old_items.reference <> ''
            and other_old_items.transaction_currency = other_new_items.transaction_currency
            and other_old_items.place_of_reference = other_new_items.place_of_reference
),

item_pairs as (
    select * from equal_items
    union all
    select * from other_pairs
),

judged_items as (
    select
        old_items.item_key as left_key,
        old_items.source_instance as left_instance,
        old_items.load_id as left_load_id,
        old_items.posting_date as left_date,
        old_items.amount_transaction as left_amount,
        new_items.item_key as right_key,
        new_items.source_instance as right_instance,
        new_items.load_id as right_load_id,
        new_items.posting_date as right_date,
        new_items.amount_transaction as right_amount,
        coalesce(old_items.entity_code, new_items.entity_code) as entity_code,
        coalesce(old_items.cut_over_date, new_items.cut_over_date) as cut_over_date,
        coalesce(old_items.transaction_currency, new_items.transaction_currency) as currency_code,
        case
            when new_items.item_key is null then 'missing_right'
            when old_items.item_key is null then 'missing_left'
            when old_items.amount_transaction = new_items.amount_transaction then 'matched'
            when
                abs(old_items.amount_transaction - new_items.amount_transaction)
                <= {{ allowed_difference('old_items.amount_transaction', 'tolerances') }}
                then 'matched_within_tolerance'
            else 'amount_difference'
        end as outcome
    from item_pairs
    left join old_items on item_pairs.old_item_id = old_items.subledger_item_id
    left join new_items on item_pairs.new_item_id = new_items.subledger_item_id
    left join tolerances on old_items.transaction_currency = tolerances.currency_code
),

open_items as (
    select
        entity_code,
        {{ month_of('cut_over_date') }} as period_month,
        cast(null as varchar) as counterparty_key,
        currency_code,
        left_instance,
        left_key,
        left_load_id,
        case when left_key is not null then 1 end as left_item_count,
        left_date,
        left_amount,
        right_instance,
        right_key,
        right_load_id,
        case when right_key is not null then 1 end as right_item_count,
        right_date,
        right_amount,
        outcome,
        case outcome
            when 'missing_right' then 'item_not_brought_over'
            when 'missing_left' then 'item_unknown_to_old_books'
            when 'amount_difference' then 'item_brought_over_differs'
            else 'agrees'
        end as cause,
        'open_item' as rule_name,
        case
            when outcome in ('missing_right', 'amount_difference') then {{ natural_key(['left_instance', 'left_key']) }}
            when outcome = 'missing_left' then {{ natural_key(['right_instance', 'right_key']) }}
        end as natural_key
    from judged_items
),

late_postings as (
    select
        entity_code,
        {{ month_of('min(posting_date)') }} as period_month,
        cast(null as varchar) as counterparty_key,
        local_currency as currency_code,
        source_instance as left_instance,
        {{ natural_key(['entity_code', 'ledger_code', 'group_account_code', "'late'"]) }} as left_key,
        {{ newest_load_id() }} as left_load_id,
        count(*) as left_item_count,
        min(posting_date) as left_date,
        sum(amount_local) as left_amount,
        cast(null as varchar) as right_instance,
        cast(null as varchar) as right_key,
        cast(null as varchar) as right_load_id,
        cast(null as bigint) as right_item_count,
        cast(null as date) as right_date,
        cast(null as {{ type_amount() }}) as right_amount,
        'missing_right' as outcome,
        'posted_after_cut_over' as cause,
        'late' as rule_name,
        {{ natural_key(['source_instance', 'entity_code', 'ledger_code', 'group_account_code', "'late'"]) }}
            as natural_key
    from cut_over_lines
    where side = 'late'
    group by entity_code, ledger_code, group_account_code, local_currency, source_instance
),

compared as (
    select
        *,
        case when natural_key is not null then 'cut_over_difference' end as exception_type
    from (
        select * from balances
        union all
        select * from open_items
        union all
        select * from late_postings
    ) as rows_of_all
),

final as (
    {{ reconciliation_rows('cut_over', 'compared') }}
)

select * from final
