-- Grain: one row per document that contradicts itself, and the way it does: what one system says twice has to agree
-- before it is compared with what others say. The amount is what both sides differ by, or what stands on the wrong day.
-- The trap: a document without lines may be one whose system lists none. Invoices are always lists of lines; of orders
-- and opportunities those that have lines are added up, and won opportunities, which are sold line by line.
{%- set days_of_a_long_weekend = 5 %}
with

invoices as (select * from {{ ref('fct_billing_invoices') }}),

invoice_lines as (select * from {{ ref('fct_billing_invoice_lines') }}),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
    where not is_deleted
),

opportunity_lines as (
    select * from {{ ref('fct_opportunity_lines') }}
    where not is_deleted
),

crm_orders as (
    select * from {{ ref('fct_crm_orders') }}
    where not is_deleted
),

supplier_invoices as (select * from {{ ref('fct_supplier_invoices') }}),

supplier_invoice_lines as (select * from {{ ref('fct_supplier_invoice_lines') }}),

purchase_order_lines as (select * from {{ ref('fct_purchase_order_lines') }}),

currencies as (select * from {{ ref('dim_currencies') }}),

payments as (select * from {{ ref('fct_payments') }}),

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

subledger_items as (select * from {{ ref('subledger_items') }}),

leading_ledgers as (select * from {{ ref('leading_ledgers') }}),

bank_statements as (select * from {{ ref('fct_bank_statements') }}),

bank_transactions as (select * from {{ ref('fct_bank_transactions') }}),

fiscal_periods as (select * from {{ ref('dim_fiscal_periods') }}),

spot_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'spot' and to_currency = '{{ var("group_currency") }}'
),

lines_of_invoices as (
    select
        source_instance,
        source_invoice_id,
        transaction_currency,
        sum(amount_net_transaction) as amount_lines
    from invoice_lines
    group by source_instance, source_invoice_id, transaction_currency
),

invoices_unlike_their_lines as (
    select
        'invoice_lines' as contradiction,
        invoices.source_instance,
        invoices.source_invoice_id as document,
        coalesce(invoices.invoice_number, invoices.source_invoice_id) as title,
        invoices.entity_code,
        invoices.invoice_date as document_date,
        invoices.amount_net_transaction - coalesce(lines_of_invoices.amount_lines, 0) as amount_difference,
        invoices.transaction_currency as currency_code,
        'does not add up to its lines' as what,
        invoices.load_id
    from invoices
    left join lines_of_invoices
        on
            invoices.source_instance = lines_of_invoices.source_instance
            and invoices.source_invoice_id = lines_of_invoices.source_invoice_id
            and invoices.transaction_currency = lines_of_invoices.transaction_currency
    where
        invoices.invoice_type = 'invoice'
        and invoices.invoice_status <> 'draft'
        and invoices.amount_net_transaction <> coalesce(lines_of_invoices.amount_lines, 0)
),

invoices_unlike_their_tax as (
    select
        'invoice_tax' as contradiction,
        source_instance,
        source_invoice_id as document,
        coalesce(invoice_number, source_invoice_id) as title,
        entity_code,
        invoice_date as document_date,
        amount_gross_transaction - amount_net_transaction - amount_tax_transaction as amount_difference,
        transaction_currency as currency_code,
        'is not its net amount and tax' as what,
        load_id
    from invoices
    where amount_gross_transaction <> amount_net_transaction + amount_tax_transaction
),

lines_of_opportunities as (
    select
        source_instance,
        source_opportunity_id,
        min(transaction_currency) as transaction_currency,
        count(distinct transaction_currency) as currency_count,
        sum(amount_transaction) as amount_lines
    from opportunity_lines
    group by source_instance, source_opportunity_id
),

opportunities_unlike_their_lines as (
    select
        'opportunity_lines' as contradiction,
        opportunities.source_instance,
        opportunities.source_opportunity_id as document,
        coalesce(opportunities.opportunity_number, opportunities.source_opportunity_id) as title,
        opportunities.entity_code,
        opportunities.close_date as document_date,
        opportunities.amount_transaction - coalesce(lines_of_opportunities.amount_lines, 0) as amount_difference,
        opportunities.transaction_currency as currency_code,
        'does not add up to its lines' as what,
        opportunities.load_id
    from opportunities
    left join lines_of_opportunities
        on
            opportunities.source_instance = lines_of_opportunities.source_instance
            and opportunities.source_opportunity_id = lines_of_opportunities.source_opportunity_id
    where
        (opportunities.is_won and lines_of_opportunities.amount_lines is null)
        or opportunities.amount_transaction <> lines_of_opportunities.amount_lines
        or opportunities.transaction_currency <> lines_of_opportunities.transaction_currency
        or lines_of_opportunities.currency_count > 1
),

orders_unlike_their_lines as (
    select
        'order_lines' as contradiction,
        source_instance,
        source_order_id as document,
        coalesce(order_number, source_order_id) as title,
        entity_code,
        order_date as document_date,
        amount_total_transaction - amount_lines_transaction as amount_difference,
        transaction_currency as currency_code,
        'does not add up to its lines' as what,
        load_id
    from crm_orders
    where line_count > 0 and amount_total_transaction <> amount_lines_transaction
),

lines_of_supplier_invoices as (
    select
        source_instance,
        source_invoice_id,
        sum(amount_net_transaction) as amount_lines
    from supplier_invoice_lines
    group by source_instance, source_invoice_id
),

-- Of a credit note some systems sign the lines and some the document.
supplier_invoices_unlike_their_lines as (
    select
        'supplier_invoice_lines' as contradiction,
        supplier_invoices.source_instance,
        supplier_invoices.source_invoice_id as document,
        coalesce(supplier_invoices.invoice_number, supplier_invoices.source_invoice_id) as title,
        supplier_invoices.entity_code,
        supplier_invoices.document_date,
        abs(supplier_invoices.amount_gross_transaction - supplier_invoices.amount_tax_transaction)
        - abs(coalesce(lines_of_supplier_invoices.amount_lines, 0)) as amount_difference,
        supplier_invoices.transaction_currency as currency_code,
        'does not add up to its lines' as what,
        supplier_invoices.load_id
    from supplier_invoices
    left join lines_of_supplier_invoices
        on
            supplier_invoices.source_instance = lines_of_supplier_invoices.source_instance
            and supplier_invoices.source_invoice_id = lines_of_supplier_invoices.source_invoice_id
    where
        abs(supplier_invoices.amount_gross_transaction - supplier_invoices.amount_tax_transaction)
        <> abs(coalesce(lines_of_supplier_invoices.amount_lines, 0))
),

purchase_order_lines_unlike_their_deliveries as (
    select
        'order_deliveries' as contradiction,
        purchase_order_lines.source_instance,
        {{ natural_key(['purchase_order_lines.source_order_id', 'purchase_order_lines.line_number']) }} as document,
        {{ natural_key(['purchase_order_lines.source_order_id', 'purchase_order_lines.line_number']) }} as title,
        purchase_order_lines.entity_code,
        purchase_order_lines.order_date as document_date,
        {{ value_of_quantity(
            'purchase_order_lines.amount_net_transaction',
            '(purchase_order_lines.quantity - purchase_order_lines.quantity_scheduled)',
            'nullif(purchase_order_lines.quantity, 0)',
            'currencies.minor_units'
        ) }} as amount_difference,
        purchase_order_lines.transaction_currency as currency_code,
        concat_ws(
            ' ', 'orders', cast(purchase_order_lines.quantity as varchar), 'and has deliveries of',
            cast(purchase_order_lines.quantity_scheduled as varchar)
        ) as what,
        purchase_order_lines.load_id
    from purchase_order_lines
    left join currencies on purchase_order_lines.transaction_currency = currencies.currency_code
    where purchase_order_lines.quantity <> purchase_order_lines.quantity_scheduled
),

-- A payout is what its payments, refunds and fees leave; it takes its amount off the provider's account.
payouts_unlike_their_payments as (
    select
        'payout_payments' as contradiction,
        source_instance,
        source_payout_id as document,
        source_payout_id as title,
        cast(null as varchar) as entity_code,
        max(payment_date) as document_date,
        sum(amount_transaction) as amount_difference,
        transaction_currency as currency_code,
        'does not add up to its payments' as what,
        {{ newest_load_id() }} as load_id
    from payments
    where source_payout_id is not null
    group by source_instance, source_payout_id, transaction_currency
    having
        count(case when payment_type = 'payout' then 1 end) > 0
        and sum(amount_transaction) <> 0
),

postings as (
    select
        'two_currencies' as contradiction,
        source_instance,
        {{ natural_key(['source_entity_id', 'fiscal_year', 'document_number', 'line_number']) }} as document,
        entity_code,
        posting_date,
        amount_transaction,
        transaction_currency,
        amount_local,
        local_currency,
        load_id
    from journal_lines

    union all

    select
        'two_currencies_of_item' as contradiction,
        source_instance,
        {{ natural_key(['subledger', 'source_entity_id', 'fiscal_year', 'document_number', 'line_number']) }}
            as document,
        entity_code,
        posting_date,
        amount_transaction,
        transaction_currency,
        amount_local,
        local_currency,
        load_id
    from subledger_items
),

pairs as (
    select distinct
        transaction_currency,
        local_currency
    from postings
),

-- What a currency was worth in another, day by day, and between which rates it moved in the two years before.
rates_of_pairs as (
    select
        pairs.transaction_currency,
        pairs.local_currency,
        greatest(rates_of_transaction.valid_from, rates_of_local.valid_from) as valid_from,
        least(rates_of_transaction.valid_to, rates_of_local.valid_to) as valid_to,
        {{ quotient_of_rates('rates_of_transaction.rate', 'rates_of_local.rate') }} as rate,
        {{ quotient_of_rates('1', 'rates_of_local.rate') }} as local_per_group_unit
    from pairs
    inner join spot_rates as rates_of_transaction on pairs.transaction_currency = rates_of_transaction.from_currency
    inner join spot_rates as rates_of_local
        on
            pairs.local_currency = rates_of_local.from_currency
            and rates_of_transaction.valid_from < rates_of_local.valid_to
            and rates_of_transaction.valid_to > rates_of_local.valid_from
),

ranges_of_pairs as (
    select
        *,
        min(rate) over two_years as lowest_rate,
        max(rate) over two_years as highest_rate
    from rates_of_pairs
    window two_years as (
        partition by transaction_currency, local_currency
        order by valid_from
        range between interval 2 year preceding and current row
    )
),

posted_in_two_currencies as (
    select
        postings.*,
        ranges_of_pairs.rate,
        ranges_of_pairs.lowest_rate,
        ranges_of_pairs.highest_rate,
        ranges_of_pairs.local_per_group_unit,
        case when postings.amount_transaction = postings.amount_local then 0.01 else 0.1 end as most_apart,
        case when postings.amount_transaction = postings.amount_local then 1 else 100 end as least_apart,
        abs(postings.amount_transaction) as amount_absolute,
        postings.amount_local * sign(postings.amount_transaction) as amount_local_of_it
    from postings
    left join ranges_of_pairs
        on
            postings.transaction_currency = ranges_of_pairs.transaction_currency
            and postings.local_currency = ranges_of_pairs.local_currency
            and {{ is_valid_on('postings.posting_date', 'ranges_of_pairs') }}
),

-- A ledger may use the rate of the day, the month or its budget, and rounds small amounts: none of that is a tenth off
-- and worth more than a hundred in group currency. One currency is worth itself. A line in one currency only revalues.
-- An amount that is the same in both was probably taken over unconverted: of it a hundredth, and one, are too much.
-- The trap: what was paid in advance is no monetary item and keeps the rate of its first day until it is earned (IAS 21),
-- and what is paid takes an item off at the rate it was posted at: any rate of the last two years is a rate.
amounts_at_no_rate as (
    select
        contradiction,
        source_instance,
        document,
        document as title,
        entity_code,
        posting_date as document_date,
        amount_local - case
            when transaction_currency = local_currency then amount_transaction
            else amount_transaction * rate
        end as amount_difference,
        local_currency as currency_code,
        concat_ws(
            ' ', 'is', {{ amount_text('amount_transaction') }}, transaction_currency,
            'and', {{ amount_text('amount_local') }},
            local_currency
        ) as what,
        load_id
    from posted_in_two_currencies
    where
        (transaction_currency = local_currency and amount_transaction <> amount_local)
        or (
            transaction_currency <> local_currency
            and amount_transaction <> 0
            and amount_local <> 0
            and (
                amount_local_of_it < amount_absolute * lowest_rate * (1 - most_apart)
                or amount_local_of_it > amount_absolute * highest_rate * (1 + most_apart)
            )
            and abs(amount_local - amount_transaction * rate) > least_apart * local_per_group_unit
        )
),

-- An item of a customer or supplier is a line of the ledger: where both have the same number, account and local amount,
-- they are in the same currency too. The trap: some ledgers know amounts in local currency only.
items_unlike_their_lines as (
    select
        'item_currency' as contradiction,
        subledger_items.source_instance,
        {{ natural_key([
            'subledger_items.subledger', 'subledger_items.source_entity_id', 'subledger_items.fiscal_year',
            'subledger_items.document_number', 'subledger_items.line_number'
        ]) }} as document,
        {{ natural_key([
            'subledger_items.subledger', 'subledger_items.source_entity_id', 'subledger_items.fiscal_year',
            'subledger_items.document_number', 'subledger_items.line_number'
        ]) }} as title,
        subledger_items.entity_code,
        subledger_items.posting_date as document_date,
        subledger_items.amount_local as amount_difference,
        subledger_items.local_currency as currency_code,
        concat_ws(
            ' ', 'is', {{ amount_text('subledger_items.amount_transaction') }}, subledger_items.transaction_currency,
            'as an open item and', {{ amount_text('journal_lines.amount_transaction') }},
            journal_lines.transaction_currency, 'in the ledger'
        ) as what,
        subledger_items.load_id
    from subledger_items
    inner join leading_ledgers
        on
            subledger_items.source_instance = leading_ledgers.source_instance
            and subledger_items.entity_code = leading_ledgers.entity_code
            and leading_ledgers.knows_other_currencies
    inner join journal_lines
        on
            leading_ledgers.ledger_code = journal_lines.ledger_code
            and subledger_items.source_instance = journal_lines.source_instance
            and subledger_items.source_entity_id = journal_lines.source_entity_id
            and subledger_items.fiscal_year = journal_lines.fiscal_year
            and subledger_items.document_number = journal_lines.document_number
            and subledger_items.line_number = journal_lines.line_number
            and subledger_items.account_id = journal_lines.account_id
            and subledger_items.amount_local = journal_lines.amount_local
    where
        subledger_items.transaction_currency <> journal_lines.transaction_currency
        or subledger_items.amount_transaction <> journal_lines.amount_transaction
),

-- What is cleared is settled: the items that one document clears leave nothing over.
cleared_with_a_rest as (
    select
        'clearing' as contradiction,
        source_instance,
        {{ natural_key(['subledger', 'source_entity_id', 'year(clearing_date)', 'clearing_document_number']) }}
            as document,
        max(clearing_document_number) as title,
        min(entity_code) as entity_code,
        max(clearing_date) as document_date,
        sum(amount_local) as amount_difference,
        local_currency as currency_code,
        'clears items that do not add up to nothing' as what,
        {{ newest_load_id() }} as load_id
    from subledger_items
    where clearing_date is not null and clearing_document_number is not null
    group by
        source_instance, subledger, source_entity_id, year(clearing_date), clearing_document_number, local_currency
    having sum(amount_local) <> 0
),

posted_outside_of_their_period as (
    select
        'posting_period' as contradiction,
        journal_lines.source_instance,
        {{ natural_key([
            'journal_lines.source_entity_id', 'journal_lines.fiscal_year', 'journal_lines.document_number',
            'journal_lines.line_number'
        ]) }} as document,
        {{ natural_key([
            'journal_lines.source_entity_id', 'journal_lines.fiscal_year', 'journal_lines.document_number',
            'journal_lines.line_number'
        ]) }} as title,
        journal_lines.entity_code,
        journal_lines.posting_date as document_date,
        journal_lines.amount_local as amount_difference,
        journal_lines.local_currency as currency_code,
        concat_ws(
            ' ', 'is dated', cast(journal_lines.posting_date as varchar), 'and stands in period',
            cast(journal_lines.fiscal_year as varchar) || '/' || cast(journal_lines.fiscal_period as varchar)
        ) as what,
        journal_lines.load_id
    from journal_lines
    inner join fiscal_periods
        on
            journal_lines.fiscal_calendar = fiscal_periods.fiscal_calendar
            and journal_lines.fiscal_year = fiscal_periods.fiscal_year
            and journal_lines.fiscal_period = fiscal_periods.fiscal_period
    where
        not fiscal_periods.is_special
        and journal_lines.posting_date not between fiscal_periods.period_start_date and fiscal_periods.period_end_date
),

due_on_another_day_than_their_terms as (
    select
        'due_date' as contradiction,
        source_instance,
        {{ natural_key(['subledger', 'source_entity_id', 'fiscal_year', 'document_number', 'line_number']) }}
            as document,
        {{ natural_key(['subledger', 'source_entity_id', 'fiscal_year', 'document_number', 'line_number']) }}
            as title,
        entity_code,
        posting_date as document_date,
        amount_local as amount_difference,
        local_currency as currency_code,
        concat_ws(
            ' ', 'is due on', cast(due_date as varchar), 'and by its terms on', cast(terms_due_date as varchar)
        ) as what,
        load_id
    from subledger_items
    where due_date <> terms_due_date
),

-- A statement has what was booked since the one before it. Around weekends and holidays banks date either of them as
-- they like, by no more than a long weekend. The first statement of an account follows one that nobody has.
booked_outside_of_their_statement as (
    select
        'booking_date' as contradiction,
        bank_transactions.source_instance,
        {{ natural_key([
            'bank_transactions.source_bank_account_id', 'bank_transactions.source_statement_id',
            'bank_transactions.entry_number'
        ]) }} as document,
        {{ natural_key([
            'bank_transactions.source_bank_account_id', 'bank_transactions.source_statement_id',
            'bank_transactions.entry_number'
        ]) }} as title,
        bank_transactions.entity_code,
        bank_transactions.booking_date as document_date,
        bank_transactions.amount_account as amount_difference,
        bank_transactions.account_currency as currency_code,
        concat_ws(
            ' ', 'is dated', cast(bank_transactions.booking_date as varchar), 'and stands on the statement of',
            cast(bank_statements.statement_date as varchar)
        ) as what,
        bank_transactions.load_id
    from bank_transactions
    inner join bank_statements
        on
            bank_transactions.source_instance = bank_statements.source_instance
            and bank_transactions.source_bank_account_id = bank_statements.source_bank_account_id
            and bank_transactions.source_statement_id = bank_statements.source_statement_id
    where
        not bank_transactions.is_booking_date_derived
        and (
            bank_transactions.booking_date
            > {{ days_after('bank_statements.statement_date', days_of_a_long_weekend) }}
            or bank_transactions.booking_date
            < {{ days_after('bank_statements.previous_statement_date', -days_of_a_long_weekend) }}
        )
),

contradictions as (
    select * from invoices_unlike_their_lines
    union all
    select * from invoices_unlike_their_tax
    union all
    select * from opportunities_unlike_their_lines
    union all
    select * from orders_unlike_their_lines
    union all
    select * from supplier_invoices_unlike_their_lines
    union all
    select * from purchase_order_lines_unlike_their_deliveries
    union all
    select * from payouts_unlike_their_payments
    union all
    select * from amounts_at_no_rate
    union all
    select * from items_unlike_their_lines
    union all
    select * from cleared_with_a_rest
    union all
    select * from posted_outside_of_their_period
    union all
    select * from due_on_another_day_than_their_terms
    union all
    select * from booked_outside_of_their_statement
    union all
    select * from {{ ref('opportunity_history_contradictions') }}
    union all
    select * from {{ ref('crm_forecast_contradictions') }}
),

final as (
    select
        'document_contradiction' as exception_type,
        {{ natural_key(['source_instance', 'contradiction', 'document']) }} as natural_key,
        entity_code,
        {{ month_of('coalesce(document_date, ' ~ as_of_date() ~ ')') }} as period_month,
        cast(amount_difference as {{ type_amount() }}) as amount_transaction,
        currency_code as transaction_currency,
        concat_ws(' ', 'Document', title, what) as subject,
        source_instance,
        load_id
    from contradictions
)

select * from final
