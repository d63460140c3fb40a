-- Grain: one row per entity with revenue or receivables. DSO = open trade receivables / revenue of the last 90 days ×
-- 90, in local currency, on the as-of date; business within the group is left out on both sides. Without revenue there
-- is no DSO.
with

ar_open_items as (select * from {{ ref('fct_ar_open_items') }}),

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

entities as (select * from {{ ref('dim_entities') }}),

receivables as (
    select
        ar_open_items.entity_code,
        sum(ar_open_items.amount_local) as amount_receivables
    from ar_open_items
    left join accounts on ar_open_items.account_id = accounts.account_id
    where not coalesce(accounts.is_intercompany, false)
    group by ar_open_items.entity_code
),

leading_ledgers as (select * from {{ ref('leading_ledgers') }}),

revenues as (
    select
        journal_lines.entity_code,
        -sum(journal_lines.amount_local) as amount_revenue
    from journal_lines
    inner join leading_ledgers
        on
            journal_lines.entity_code = leading_ledgers.entity_code
            and journal_lines.source_instance = leading_ledgers.source_instance
            and journal_lines.ledger_code = leading_ledgers.ledger_code
    inner join accounts on journal_lines.account_id = accounts.account_id
    where
        lower(accounts.statement_line) = 'revenue'
        and journal_lines.posting_date > {{ days_after(as_of_date(), -90) }}
        and journal_lines.posting_date <= {{ as_of_date() }}
    group by journal_lines.entity_code
),

measured as (
    select
        coalesce(receivables.entity_code, revenues.entity_code) as entity_code,
        cast(coalesce(receivables.amount_receivables, 0) as {{ type_amount() }}) as amount_receivables_local,
        cast(coalesce(revenues.amount_revenue, 0) as {{ type_amount() }}) as amount_revenue_90_days_local
    from receivables
    full outer join revenues on receivables.entity_code = revenues.entity_code
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        measured.entity_code,
        entities.entity_name,
        entities.local_currency,
        measured.amount_receivables_local,
        measured.amount_revenue_90_days_local,
        case
            when measured.amount_revenue_90_days_local > 0
                then cast(round({{ truncated_quotient(
                    'measured.amount_receivables_local * 90', 4, 'measured.amount_revenue_90_days_local', 4, 6
                ) }}, 1) as decimal(18, 1))
        end as days_sales_outstanding
    from measured
    left join entities on measured.entity_code = entities.entity_code
)

select * from final
