-- Grain: one row per entity, currency, month and part of the roll-forward: what an invoice (or a summarised posting of
-- many) brings and its voiding takes back, by the reference the ledger knows it by, and what the month has earned, as one.
-- Deferred revenue > 0. What is billed in another currency than the entity's own is there twice: in that currency, and in
-- the entity's own at the rate of the invoice's day (original_currency). Where the ledger knows no amounts but local ones it
-- is there once, with the rest. The month that still runs has invoices, but has earned nothing yet. Only entities whose
-- ledger has an account for deferred revenue.
with

items as (
    select * from {{ ref('revenue_schedule_items') }}
    where has_service_period
),

roll_forward as (select * from {{ ref('fct_deferred_revenue') }}),

postings as (select * from {{ ref('billing_to_erp_postings') }}),

ledgers as (
    select distinct
        entity_code,
        knows_other_currencies
    from {{ ref('deferred_revenue_to_gl_ledgers') }}
),

references_of_ledger as (
    select distinct
        entity_code,
        reference
    from postings
),

billed as (
    select
        items.*,
        case
            when references_of_ledger.reference is null then coalesce(items.posting_batch, items.invoice_number)
            else items.invoice_number
        end as reference
    from items
    left join references_of_ledger
        on
            items.entity_code = references_of_ledger.entity_code
            and items.invoice_number = references_of_ledger.reference
),

movements as (
    select
        entity_code,
        source_instance,
        {{ month_of('invoice_date') }} as period_month,
        reference,
        invoice_date as item_date,
        transaction_currency,
        local_currency,
        amount_net_transaction as amount_transaction,
        amount_net_local as amount_local,
        is_rate_missing,
        load_id,
        recorded_at
    from billed
    where invoice_date <= {{ as_of_date() }}

    union all

    select
        entity_code,
        source_instance,
        {{ month_of('voided_date') }} as period_month,
        reference,
        voided_date as item_date,
        transaction_currency,
        local_currency,
        -amount_net_transaction as amount_transaction,
        -amount_net_local as amount_local,
        is_rate_missing,
        load_id,
        recorded_at
    from billed
    where voided_date <= {{ as_of_date() }}

    union all

    select
        entity_code,
        source_instance,
        calendar_month as period_month,
        cast(null as varchar) as reference,
        month_end_date as item_date,
        transaction_currency,
        local_currency,
        -amount_recognised_before_billing_transaction - amount_recognised_transaction as amount_transaction,
        -amount_recognised_before_billing_local - amount_recognised_local as amount_local,
        is_rate_missing,
        load_id,
        recorded_at
    from roll_forward
),

in_both_currencies as (
    select
        movements.*,
        movements.transaction_currency as currency_code,
        cast(null as varchar) as original_currency,
        movements.amount_transaction as amount,
        false as is_converted
    from movements
    inner join ledgers on movements.entity_code = ledgers.entity_code
    where movements.transaction_currency = movements.local_currency or ledgers.knows_other_currencies

    union all

    select
        movements.*,
        movements.local_currency as currency_code,
        case when ledgers.knows_other_currencies then movements.transaction_currency end as original_currency,
        movements.amount_local as amount,
        true as is_converted
    from movements
    inner join ledgers on movements.entity_code = ledgers.entity_code
    where movements.transaction_currency <> movements.local_currency
),

final as (
    select
        {{ natural_key(['entity_code', 'currency_code', 'period_month', 'reference', 'original_currency']) }}
            as item_key,
        min(source_instance) as source_instance,
        entity_code,
        currency_code,
        period_month,
        reference,
        original_currency,
        max(item_date) as item_date,
        cast(coalesce(sum(amount), 0) as {{ type_amount() }}) as amount,
        sum(case when is_converted then 1 else 0 end) > 0 as is_converted,
        sum(case when is_converted and is_rate_missing then 1 else 0 end) > 0 as is_rate_missing,
        {{ newest_load_id() }} as load_id
    from in_both_currencies
    group by entity_code, currency_code, period_month, reference, original_currency
)

select * from final
