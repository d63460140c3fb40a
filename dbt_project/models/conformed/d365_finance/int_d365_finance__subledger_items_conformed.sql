-- Grain: one row per transaction of a customer or vendor. Finance & Operations settles a payment in part at once: the
-- payment is closed and the invoice lowered. The contract knows whole items only, so a transaction counts as cleared when
-- it is closed, and all it was settled with, and all those were settled with: a payment stays an item beside its invoice
-- until the invoice is paid, and both go together.
with

transactions as (
    select * from {{ ref('int_d365_finance__transactions') }}
),

settlements as (
    select * from {{ ref('int_d365_finance__settlements') }}
),

ledgers as (
    select * from {{ ref('int_d365_finance__ledgers') }}
),

sales_invoices as (
    select distinct
        source_instance,
        source_entity_id,
        invoice_number,
        voucher
    from {{ ref('stg_d365_finance__sales_invoices') }}
),

-- What a transaction was settled with: whether all of it is closed, when the last of it was, and by which voucher.
neighbours as (
    select
        settlements.source_instance,
        settlements.subledger,
        settlements.transaction_record_id,
        bool_and(offsets.is_closed) as are_closed,
        max(offsets.closed_date) as closed_date,
        max_by(settlements.settlement_voucher, row(settlements.settled_date, settlements.settlement_voucher))
            as settlement_voucher,
        bool_or(offsets.is_correction and offsets.amount_transaction = -transactions.amount_transaction) as is_reversed
    from settlements
    inner join transactions
        on
            settlements.source_instance = transactions.source_instance
            and settlements.subledger = transactions.subledger
            and settlements.transaction_record_id = transactions.transaction_record_id
    inner join transactions as offsets
        on
            settlements.source_instance = offsets.source_instance
            and settlements.subledger = offsets.subledger
            and settlements.offset_record_id = offsets.transaction_record_id
    group by settlements.source_instance, settlements.subledger, settlements.transaction_record_id
),

neighbours_of_neighbours as (
    select
        settlements.source_instance,
        settlements.subledger,
        settlements.transaction_record_id,
        bool_and(neighbours.are_closed) as are_closed,
        max(neighbours.closed_date) as closed_date
    from settlements
    inner join neighbours
        on
            settlements.source_instance = neighbours.source_instance
            and settlements.subledger = neighbours.subledger
            and settlements.offset_record_id = neighbours.transaction_record_id
    group by settlements.source_instance, settlements.subledger, settlements.transaction_record_id
),

states as (
    select
        transactions.*,
        transactions.is_closed
        and coalesce(neighbours.are_closed, true)
        and coalesce(neighbours_of_neighbours.are_closed, true) as is_cleared,
        greatest(
            transactions.posting_date,
            transactions.closed_date,
            coalesce(neighbours.closed_date, transactions.closed_date),
            coalesce(neighbours_of_neighbours.closed_date, transactions.closed_date)
        ) as cleared_date,
        coalesce(neighbours.settlement_voucher, transactions.voucher) as clearing_voucher,
        coalesce(neighbours.is_reversed, false) and not transactions.is_correction as is_reversed
    from transactions
    left join neighbours
        on
            transactions.source_instance = neighbours.source_instance
            and transactions.subledger = neighbours.subledger
            and transactions.transaction_record_id = neighbours.transaction_record_id
    left join neighbours_of_neighbours
        on
            transactions.source_instance = neighbours_of_neighbours.source_instance
            and transactions.subledger = neighbours_of_neighbours.subledger
            and transactions.transaction_record_id = neighbours_of_neighbours.transaction_record_id
),

final as (
    select
        states.subledger,
        states.source_entity_id,
        states.fiscal_year,
        states.voucher as document_number,
        cast(states.transaction_record_id as varchar) as line_number,
        states.fiscal_period,
        states.transaction_type as document_type,
        case
            when states.transaction_type = 'Payment' then 'payment'
            when states.transaction_type not in ('Sales', 'Cust', 'Purch', 'Vend') then 'other'
            when states.subledger = 'AR' and states.amount_transaction < 0 then 'credit_memo'
            when states.subledger = 'AP' and states.amount_transaction > 0 then 'credit_memo'
            else 'invoice'
        end as item_type,
        states.source_counterparty_id,
        -- Without a line in the ledger there is no control account that it could be part of.
        coalesce(states.source_account_id, 'NO CONTROL ACCOUNT') as source_account_id,
        ledgers.chart_code,
        states.posting_date,
        coalesce(states.document_date, states.posting_date) as document_date,
        coalesce(states.due_date, states.posting_date) as due_date,
        cast(null as date) as terms_due_date,
        states.amount_transaction,
        states.transaction_currency,
        states.amount_local,
        ledgers.local_currency,
        case when states.is_cleared then states.cleared_date end as clearing_date,
        case when states.is_cleared then states.clearing_voucher end as clearing_document_number,
        coalesce(states.document_reference, states.invoice_number) as reference_document,
        -- What has a sales invoice here was billed here; other invoices are another system's.
        sales_invoices.invoice_number as billing_document_number,
        states.is_correction as is_reversal,
        states.is_reversed,
        states.payment_terms_code,
        states.source_instance,
        states.load_id,
        states.recorded_at
    from states
    inner join ledgers
        on
            states.source_instance = ledgers.source_instance
            and states.source_entity_id = ledgers.source_entity_id
    left join sales_invoices
        on
            states.subledger = 'AR'
            and states.source_instance = sales_invoices.source_instance
            and states.source_entity_id = sales_invoices.source_entity_id
            and states.invoice_number = sales_invoices.invoice_number
            and states.voucher = sales_invoices.voucher
)

select * from final
