-- Grain: one row per entity, transaction currency and month that is over. Deferred revenue rolls forward: opening + billed -
-- recognised before billing - recognised - voided = closing, and ties three ways: the closing with what the days that are
-- left still have to earn (unearned), and with the balance of the ledger's accounts, which differs by what is explained and
-- by what is not.
-- Liabilities > 0. Where the ledger has no such account, or keeps none in the currency, its columns are empty.
with

roll_forward as (select * from {{ ref('fct_deferred_revenue') }}),

reconciliation as (
    select * from {{ ref('fct_reconciliations') }}
    where reconciliation_name = 'deferred_revenue_to_gl'
),

ledgers as (
    select distinct
        entity_code,
        knows_other_currencies
    from {{ ref('deferred_revenue_to_gl_ledgers') }}
),

-- A ledger in local currency only does not say what of its balance is in which currency.
mixed_entities as (
    select distinct roll_forward.entity_code
    from roll_forward
    inner join ledgers on roll_forward.entity_code = ledgers.entity_code
    where not ledgers.knows_other_currencies and roll_forward.transaction_currency <> roll_forward.local_currency
),

closing_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
),

group_currency as (
    select * from {{ ref('dim_currencies') }}
    where currency_code = '{{ var("group_currency") }}'
),

-- An item's key ends with the currency it is converted from: empty in the currency it is billed in.
compared as (
    select
        reconciliation.entity_code,
        reconciliation.currency_code,
        reconciliation.period_month,
        sum(reconciliation.right_amount) as amount_ledger,
        sum(case when reconciliation.exception_type is null then reconciliation.amount_difference else 0 end)
            as amount_explained,
        sum(case when reconciliation.exception_type is null then 0 else reconciliation.amount_difference end)
            as amount_unexplained
    from reconciliation
    left join mixed_entities on reconciliation.entity_code = mixed_entities.entity_code
    where
        coalesce(reconciliation.left_key, reconciliation.right_key) like '%|'
        and mixed_entities.entity_code is null
    group by reconciliation.entity_code, reconciliation.currency_code, reconciliation.period_month
),

-- Balances are all movements until then, those of months without a row of their own included.
balances as (
    select
        roll_forward.deferred_revenue_id,
        sum(compared.amount_ledger) as amount_ledger,
        sum(compared.amount_explained) as amount_explained,
        sum(compared.amount_unexplained) as amount_unexplained
    from roll_forward
    inner join compared
        on
            roll_forward.entity_code = compared.entity_code
            and roll_forward.transaction_currency = compared.currency_code
            and roll_forward.calendar_month >= compared.period_month
    group by roll_forward.deferred_revenue_id
),

final as (
    select
        roll_forward.entity_code,
        roll_forward.calendar_month,
        roll_forward.month_end_date,
        roll_forward.transaction_currency,
        roll_forward.amount_opening_transaction,
        roll_forward.amount_billed_transaction,
        roll_forward.amount_recognised_before_billing_transaction,
        roll_forward.amount_recognised_transaction,
        roll_forward.amount_voided_transaction,
        roll_forward.amount_closing_transaction,
        roll_forward.amount_unearned_transaction,
        cast(balances.amount_ledger as {{ type_amount() }}) as amount_ledger_transaction,
        cast(balances.amount_explained as {{ type_amount() }}) as amount_explained_transaction,
        cast(balances.amount_unexplained as {{ type_amount() }}) as amount_unexplained_transaction,
        roll_forward.local_currency,
        roll_forward.amount_opening_local,
        roll_forward.amount_billed_local,
        roll_forward.amount_recognised_before_billing_local,
        roll_forward.amount_recognised_local,
        roll_forward.amount_voided_local,
        roll_forward.amount_closing_local,
        {{ converted_amount(
            'roll_forward.amount_closing_transaction', 'closing_rates.rate', 'group_currency.minor_units'
        ) }} as amount_closing_group,
        cast('{{ var("group_currency") }}' as varchar) as group_currency,
        roll_forward.is_rate_missing or closing_rates.rate is null as is_rate_missing,
        roll_forward.open_item_count
    from roll_forward
    cross join group_currency
    left join balances on roll_forward.deferred_revenue_id = balances.deferred_revenue_id
    left join closing_rates
        on
            roll_forward.transaction_currency = closing_rates.from_currency
            and {{ is_valid_on('roll_forward.calendar_month', 'closing_rates') }}
)

select * from final
