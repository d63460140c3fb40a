-- Grain: one row per entity, transaction currency and month that is over. Deferred revenue rolls forward: opening + billed -
-- recognised before billing - recognised - voided = closing, and ties three ways: the closing with what the days that are left still have to earn
-- (unearned), and with the balance of the ledger's accounts, which differs by what is explained and by what is not.
-- Liabilities > 0. Where the ledger has no such account, or keeps none in the currency, its columns are empty.
with

roll_forward as (select * from {{ ref('fct_deferred_revenue') }}),

reconciliation as (
    select * from {{ ref('fct_reconciliations') }}
    where reconciliation_name = 'deferred_revenue_to_gl'
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
        entity_code,
        currency_code,
        period_month,
        sum(right_amount) as amount_ledger,
        sum(case when exception_type is null then amount_difference else 0 end) as amount_explained,
        sum(case when exception_type is null then 0 else amount_difference end) as amount_unexplained
    from reconciliation
    where coalesce(left_key, right_key) like '%|'
    group by entity_code, currency_code, period_month
),

compared_entities as (
    select distinct
        entity_code,
        currency_code
    from compared
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
        case
            when compared_entities.entity_code is not null
                then cast(
                    sum(coalesce(compared.amount_ledger, 0)) over until_this_month as {{ type_amount() }}
                )
        end as amount_ledger_transaction,
        case
            when compared_entities.entity_code is not null
                then cast(
                    sum(coalesce(compared.amount_explained, 0)) over until_this_month as {{ type_amount() }}
                )
        end as amount_explained_transaction,
        case
            when compared_entities.entity_code is not null
                then cast(
                    sum(coalesce(compared.amount_unexplained, 0)) over until_this_month as {{ type_amount() }}
                )
        end as amount_unexplained_transaction,
        roll_forward.amount_unbilled_closing_transaction,
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
    left join compared_entities
        on
            roll_forward.entity_code = compared_entities.entity_code
            and roll_forward.transaction_currency = compared_entities.currency_code
    left join compared
        on
            roll_forward.entity_code = compared.entity_code
            and roll_forward.transaction_currency = compared.currency_code
            and roll_forward.calendar_month = compared.period_month
    left join closing_rates
        on
            roll_forward.transaction_currency = closing_rates.from_currency
            and {{ is_valid_on('roll_forward.calendar_month', 'closing_rates') }}
    window until_this_month as (
        partition by roll_forward.entity_code, roll_forward.transaction_currency
        order by roll_forward.calendar_month
    )
)

select * from final
