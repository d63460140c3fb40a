-- Grain: one row per transaction and invoice it settles, and one for what a transaction settles nothing with.
-- Payments > 0; refunds and payment reversals < 0. An authorization moves no money and is left out. What the gateway keeps
-- and when it pays out, Chargebee does not know.
with

transactions as (
    select * from {{ ref('stg_chargebee__transactions') }}
    where not is_deleted and transaction_type <> 'authorization'
),

currencies as (
    select * from {{ ref('currencies') }}
),

linked_items as (
    select
        source_instance,
        source_transaction_id,
        transaction_currency,
        transaction_status,
        {{ json_array_items('linked_items') }} as linked_item
    from transactions
),

linked_invoices as (
    select
        linked_items.source_instance,
        linked_items.source_transaction_id,
        linked_items.transaction_status,
        coalesce(
            {{ json_text('linked_items.linked_item', 'invoice_id') }},
            {{ json_text('linked_items.linked_item', 'cn_reference_invoice_id') }}
        ) as source_invoice_id,
        {{ minor_units_to_amount(json_text('linked_items.linked_item', 'applied_amount'), 'currencies.minor_units') }}
            as amount_applied
    from linked_items
    left join currencies on linked_items.transaction_currency = currencies.currency_code
),

settlements as (
    select
        source_instance,
        source_transaction_id as source_payment_id,
        source_invoice_id,
        amount_applied as amount_settled
    from linked_invoices
    where transaction_status = 'success'
),

-- What did not succeed settles nothing: it is one row, of the invoice it was for where that is only one.
meant_for as (
    select
        source_instance,
        source_transaction_id,
        min(source_invoice_id) as source_invoice_id
    from linked_invoices
    where transaction_status <> 'success'
    group by source_instance, source_transaction_id
    having count(distinct source_invoice_id) = 1
),

payments as (
    select
        transactions.source_instance,
        transactions.source_transaction_id as source_payment_id,
        transactions.amount_transaction,
        meant_for.source_invoice_id as meant_for_invoice_id
    from transactions
    left join meant_for
        on
            transactions.source_instance = meant_for.source_instance
            and transactions.source_transaction_id = meant_for.source_transaction_id
),

shares as (
    {{ payment_shares('payments', 'settlements') }}
),

final as (
    select
        {{ natural_key(['shares.source_payment_id', 'shares.source_invoice_id']) }} as source_payment_id,
        case transactions.transaction_type when 'payment' then 'charge' else 'refund' end as payment_type,
        transactions.source_customer_id,
        shares.source_invoice_id,
        transactions.transaction_date as payment_date,
        cast(
            case transactions.transaction_type when 'payment' then 1 else -1 end * shares.amount_share
            as {{ type_amount() }}
        ) as amount_transaction,
        cast(null as {{ type_amount() }}) as amount_fee_transaction,
        transactions.transaction_currency,
        case transactions.transaction_status
            when 'success' then 'succeeded'
            when 'in_progress' then 'pending'
            when 'needs_attention' then 'pending'
            when 'voided' then 'canceled'
            else 'failed'
        end as payment_status,
        cast(null as varchar) as source_payout_id,
        transactions.source_instance,
        transactions.load_id,
        transactions.recorded_at
    from shares
    inner join transactions
        on
            shares.source_instance = transactions.source_instance
            and shares.source_payment_id = transactions.source_transaction_id
)

select * from final
