-- One metric, two marts: what the ageing shows per entity and account is the balance of the account in the trial balance
-- of the as-of date's period; a difference is the one that the reconciliation of the subledger explains.
with

ageing as (
    select
        entity_code,
        source_account_id,
        sum(amount_total_local) as amount_total
    from {{ ref('mart_working_capital__ar_ageing') }}
    group by entity_code, source_account_id

    union all

    select
        entity_code,
        source_account_id,
        -sum(amount_total_local) as amount_total
    from {{ ref('mart_working_capital__ap_ageing') }}
    group by entity_code, source_account_id
),

balances as (
    select
        entity_code,
        source_account_id,
        amount_closing_local,
        row_number() over (
            partition by entity_code, source_account_id
            -- The newest books of the entity, and of these the leading ledger.
            order by calendar_month desc, ledger_code asc, fiscal_year desc, fiscal_period desc
        ) as recency
    from {{ ref('mart_close__trial_balances') }}
    where calendar_month <= {{ as_of_date() }}
),

explained as (
    select
        left_key as account_key,
        amount_difference
    from {{ ref('fct_reconciliations') }}
    where
        reconciliation_name in ('ar_subledger_to_gl', 'ap_subledger_to_gl')
        and period_month = {{ month_of(as_of_date()) }}
)

select
    ageing.entity_code,
    ageing.source_account_id,
    ageing.amount_total,
    balances.amount_closing_local,
    explained.amount_difference
from ageing
left join balances
    on
        ageing.entity_code = balances.entity_code
        and ageing.source_account_id = balances.source_account_id
        and balances.recency = 1
left join explained
    on
        {{ natural_key(['ageing.entity_code', 'ageing.source_account_id', month_code(as_of_date())]) }}
        = explained.account_key
where ageing.amount_total - coalesce(balances.amount_closing_local, 0) <> coalesce(explained.amount_difference, 0)
