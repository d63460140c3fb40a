-- Grain: one row per line of an invoice, and one per document for what stands on none of its lines (a credit note, what
-- an invoice rounds off), in transaction and local currency. What a service period [start, end) delivers is earned day by
-- day; what has none is delivered as it is billed. Deferred revenue is no monetary item: its local amount is that
-- of the day of the invoice (IAS 21.23) and never moves with the rate. A draft bills nothing.
with

invoices as (
    select * from {{ ref('fct_billing_invoices') }}
    where invoice_status <> 'draft'
),

invoice_lines as (select * from {{ ref('fct_billing_invoice_lines') }}),

entities as (select * from {{ ref('dim_entities') }}),

currencies as (select * from {{ ref('dim_currencies') }}),

spot_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'spot'
),

lines as (
    select
        invoices.invoice_id,
        invoice_lines.source_invoice_line_id,
        invoice_lines.product_id,
        invoice_lines.product_family_code,
        invoice_lines.charge_type,
        invoice_lines.service_start_date,
        case
            when invoice_lines.service_end_date > invoice_lines.service_start_date then invoice_lines.service_end_date
            else {{ days_after('invoice_lines.service_start_date', 1) }}
        end as service_end_date,
        invoice_lines.amount_net_transaction
    from invoice_lines
    inner join invoices on invoice_lines.invoice_id = invoices.invoice_id
),

line_totals as (
    select
        invoice_id,
        sum(amount_net_transaction) as amount_net_transaction
    from lines
    group by invoice_id
),

beside_the_lines as (
    select
        invoices.invoice_id,
        cast(null as varchar) as source_invoice_line_id,
        cast(null as varchar) as product_id,
        cast(null as varchar) as product_family_code,
        cast(null as varchar) as charge_type,
        cast(null as date) as service_start_date,
        cast(null as date) as service_end_date,
        cast(
            invoices.amount_net_transaction - coalesce(line_totals.amount_net_transaction, 0) as {{ type_amount() }}
        ) as amount_net_transaction
    from invoices
    left join line_totals on invoices.invoice_id = line_totals.invoice_id
    where invoices.amount_net_transaction <> coalesce(line_totals.amount_net_transaction, 0)
),

items as (
    select * from lines
    union all
    select * from beside_the_lines
),

dated as (
    select
        items.*,
        invoices.source_instance,
        invoices.invoice_number,
        invoices.invoice_type,
        invoices.invoice_date,
        -- A void invoice that does not say when it was taken back never billed anything.
        case
            when invoices.invoice_status = 'void' then coalesce(invoices.voided_date, invoices.invoice_date)
        end as voided_date,
        invoices.posting_batch,
        invoices.entity_id,
        invoices.entity_code,
        invoices.customer_id,
        invoices.transaction_currency,
        entities.local_currency,
        transaction_currencies.minor_units,
        local_currencies.minor_units as local_minor_units,
        items.service_start_date is not null as has_service_period,
        coalesce(items.service_start_date, invoices.invoice_date) as earned_from_date,
        coalesce(items.service_end_date, {{ days_after('invoices.invoice_date', 1) }}) as earned_until_date,
        case
            when invoices.transaction_currency = entities.local_currency then cast(1 as {{ type_rate() }})
            else coalesce(
                direct_rates.rate, {{ quotient_of_rates('rates_of_transaction.rate', 'rates_of_local.rate') }}
            )
        end as local_rate,
        invoices.load_id,
        invoices.recorded_at
    from items
    inner join invoices on items.invoice_id = invoices.invoice_id
    left join entities on invoices.entity_id = entities.entity_id
    left join currencies as transaction_currencies
        on invoices.transaction_currency = transaction_currencies.currency_code
    left join currencies as local_currencies on entities.local_currency = local_currencies.currency_code
    left join spot_rates as direct_rates
        on
            invoices.transaction_currency = direct_rates.from_currency
            and entities.local_currency = direct_rates.to_currency
            and {{ is_valid_on('invoices.invoice_date', 'direct_rates') }}
    left join spot_rates as rates_of_transaction
        on
            invoices.transaction_currency = rates_of_transaction.from_currency
            and rates_of_transaction.to_currency = '{{ var("group_currency") }}'
            and {{ is_valid_on('invoices.invoice_date', 'rates_of_transaction') }}
    left join spot_rates as rates_of_local
        on
            entities.local_currency = rates_of_local.from_currency
            and rates_of_local.to_currency = '{{ var("group_currency") }}'
            and {{ is_valid_on('invoices.invoice_date', 'rates_of_local') }}
),

final as (
    select
        {{ surrogate_key(['invoice_id', 'source_invoice_line_id']) }} as revenue_schedule_item_id,
        invoice_id,
        source_invoice_line_id,
        invoice_number,
        invoice_type,
        invoice_date,
        voided_date,
        posting_batch,
        entity_id,
        entity_code,
        customer_id,
        product_id,
        product_family_code,
        charge_type,
        has_service_period,
        earned_from_date,
        earned_until_date,
        {{ dbt.datediff('earned_from_date', 'earned_until_date', 'day') }} as service_days,
        amount_net_transaction,
        transaction_currency,
        minor_units,
        {{ converted_amount('amount_net_transaction', 'local_rate', 'local_minor_units') }} as amount_net_local,
        local_currency,
        local_minor_units,
        local_rate is null as is_rate_missing,
        source_instance,
        load_id,
        recorded_at
    from dated
)

select * from final
