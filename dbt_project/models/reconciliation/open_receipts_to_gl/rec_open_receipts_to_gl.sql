-- Grain: one row per entity and currency of its purchase orders. Left is what was received and not invoiced (invoiced and
-- not received < 0) at the prices of the orders, right the balance of the accounts for goods received and not invoiced, owed
-- > 0, both in the currency of the orders. An approved invoice that the ledger has not, or has twice, is an open item of
-- procurement_to_ap with an owner of its own, and explains its part; what nothing explains is a difference.
with

order_lines as (select * from {{ ref('open_receipts_to_gl_order_lines') }}),

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

accounts as (
    select * from {{ ref('dim_accounts') }}
    where control_account = 'GRIR'
),

invoice_matches as (
    select
        matches.outcome,
        invoices.entity_code,
        invoices.currency_code,
        invoices.amount_ordered
    from {{ ref('procurement_to_ap_matches') }} as matches
    inner join {{ ref('procurement_to_ap_invoices') }} as invoices on matches.left_item_key = invoices.item_key
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'open_receipts_to_gl'
),

leading_ledgers as (select * from {{ ref('leading_ledgers') }}),

open_receipts as (
    select
        entity_code,
        currency_code,
        min(source_instance) as source_instance,
        {{ newest_load_id() }} as load_id,
        count(*) as item_count,
        cast(sum(amount) as {{ type_amount() }}) as amount
    from order_lines
    group by entity_code, currency_code
),

buying_entities as (
    select distinct entity_code from open_receipts
),

balances as (
    select
        journal_lines.entity_code,
        journal_lines.transaction_currency as currency_code,
        min(journal_lines.source_instance) as source_instance,
        max(journal_lines.posting_date) as posting_date,
        cast(-sum(journal_lines.amount_transaction) as {{ type_amount() }}) as amount
    from journal_lines
    inner join accounts on journal_lines.account_id = accounts.account_id
    inner join buying_entities on journal_lines.entity_code = buying_entities.entity_code
    inner join leading_ledgers
        on
            journal_lines.entity_code = leading_ledgers.entity_code
            and journal_lines.source_instance = leading_ledgers.source_instance
            and journal_lines.ledger_code = leading_ledgers.ledger_code
    group by journal_lines.entity_code, journal_lines.transaction_currency
),

-- By how much the ledger still owes what procurement has invoiced, or has taken back twice.
open_postings as (
    select
        entity_code,
        currency_code,
        cast(
            sum(case when outcome = 'duplicate_right' then amount_ordered else -amount_ordered end)
            as {{ type_amount() }}
        ) as amount
    from invoice_matches
    where outcome in ('missing_right', 'timing', 'duplicate_right')
    group by entity_code, currency_code
),

paired as (
    select
        coalesce(open_receipts.entity_code, balances.entity_code) as entity_code,
        coalesce(open_receipts.currency_code, balances.currency_code) as currency_code,
        open_receipts.source_instance as left_instance,
        open_receipts.load_id as left_load_id,
        open_receipts.item_count as left_item_count,
        open_receipts.amount as left_amount,
        balances.source_instance as right_instance,
        balances.posting_date as right_date,
        balances.amount as right_amount,
        coalesce(open_receipts.amount, 0) - coalesce(balances.amount, 0) as amount_difference
    from open_receipts
    full outer join balances
        on
            open_receipts.entity_code = balances.entity_code
            and open_receipts.currency_code = balances.currency_code
),

judged as (
    select
        paired.*,
        {{ natural_key(['paired.entity_code', 'paired.currency_code']) }} as account_key,
        case
            when paired.amount_difference = 0 then 'matched'
            when
                abs(paired.amount_difference)
                <= {{ allowed_difference('coalesce(paired.left_amount, 0)', 'tolerances') }}
                then 'matched_within_tolerance'
            when
                abs(paired.amount_difference - coalesce(open_postings.amount, 0))
                <= {{ allowed_difference('coalesce(paired.left_amount, 0)', 'tolerances') }}
                then 'timing'
            else 'amount_difference'
        end as outcome
    from paired
    left join open_postings
        on
            paired.entity_code = open_postings.entity_code
            and paired.currency_code = open_postings.currency_code
    left join tolerances on paired.currency_code = tolerances.currency_code
),

compared as (
    select
        entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        cast(null as varchar) as counterparty_key,
        currency_code,
        left_instance,
        case when left_instance is not null then account_key end as left_key,
        left_load_id,
        left_item_count,
        {{ as_of_date() }} as left_date,
        left_amount,
        right_instance,
        case when right_instance is not null then account_key end as right_key,
        cast(null as varchar) as right_load_id,
        case when right_instance is not null then 1 end as right_item_count,
        right_date,
        right_amount,
        outcome,
        case outcome
            when 'timing' then 'open_items'
            when 'amount_difference' then 'balance_differs_from_receipts'
            else 'agrees'
        end as cause,
        'control_account' as rule_name,
        case when outcome = 'amount_difference' then 'open_receipts_difference' end as exception_type,
        case when outcome = 'amount_difference' then account_key end as natural_key
    from judged
),

final as (
    {{ reconciliation_rows('open_receipts_to_gl', 'compared') }}
)

select * from final
