-- Grain: one row per subscription. Its amount is its value over the contract's term: the first recurring charge times
-- the number of such charges in it, so what changed after signing is no difference; 0 until it was invoiced.
with

subscriptions as (select * from {{ ref('fct_subscriptions') }}),

crm_contracts as (select * from {{ ref('fct_crm_contracts') }}),

invoice_lines as (select * from {{ ref('fct_billing_invoice_lines') }}),

currencies as (select * from {{ ref('dim_currencies') }}),

-- A contract is known by its number, whichever instance sold it; the first one tells the term.
numbered_contracts as (
    select
        contract_number,
        term_months,
        row_number() over (
            partition by contract_number
            order by source_instance, start_date, source_contract_id
        ) as number_rank
    from crm_contracts
    where not is_deleted and contract_number is not null
),

recurring_charges as (
    select
        source_instance,
        source_subscription_id,
        interval_months,
        sum(amount_net_transaction) as amount_charge,
        row_number() over (
            partition by source_instance, source_subscription_id order by service_start_date
        ) as charge_number
    from invoice_lines
    where
        charge_type = 'recurring'
        -- A draft is no charge yet, and a voided one never was.
        and invoice_status not in ('draft', 'void', 'cancelled')
    group by source_instance, source_subscription_id, service_start_date, interval_months
),

final as (
    select
        {{ natural_key(['subscriptions.source_instance', 'subscriptions.source_subscription_id']) }} as item_key,
        subscriptions.source_instance,
        subscriptions.source_subscription_id as source_key,
        subscriptions.entity_code,
        subscriptions.customer_id as counterparty_key,
        subscriptions.start_date as item_date,
        cast(null as date) as period_end_date,
        cast(null as date) as partner_due_date,
        subscriptions.transaction_currency as currency_code,
        coalesce({{ round_half_away(
            truncated_quotient(
                'recurring_charges.amount_charge'
                ~ ' * coalesce(numbered_contracts.term_months, recurring_charges.interval_months)',
                4, 'recurring_charges.interval_months', 12, 8
            ),
            'currencies.minor_units'
        ) }}, 0) as amount,
        subscriptions.contract_number,
        recurring_charges.amount_charge is not null as is_invoiced,
        subscriptions.load_id
    from subscriptions
    left join currencies on subscriptions.transaction_currency = currencies.currency_code
    left join recurring_charges
        on
            subscriptions.source_instance = recurring_charges.source_instance
            and subscriptions.source_subscription_id = recurring_charges.source_subscription_id
            and recurring_charges.charge_number = 1
    left join numbered_contracts
        on
            subscriptions.contract_number = numbered_contracts.contract_number
            and numbered_contracts.number_rank = 1
)

select * from final
