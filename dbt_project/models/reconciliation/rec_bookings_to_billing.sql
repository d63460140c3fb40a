-- Grain: one row per CRM contract with the subscriptions that carry its number, or per subscription without a
-- contract. Amounts are contract values: on the left what the CRM says, on the right the first recurring charge times
-- the number of such charges in the term, so what changed after signing is no difference. Of contracts with the same
-- number the first one is the contract, the others are duplicates. A difference in currency is two rows, one per
-- currency.
with

crm_contracts as (select * from {{ ref('fct_crm_contracts') }}),

subscriptions as (select * from {{ ref('fct_subscriptions') }}),

invoice_lines as (select * from {{ ref('fct_billing_invoice_lines') }}),

currencies as (select * from {{ ref('dim_currencies') }}),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'bookings_to_billing'
),

contracts as (
    select
        *,
        row_number() over (
            partition by source_instance, contract_number
            order by start_date, source_contract_id
        ) as number_rank
    from crm_contracts
    where not is_deleted
),

-- A contract is known by its number, whichever instance sold it; the first of several instances is the one.
numbered_contracts as (
    select
        *,
        row_number() over (partition by contract_number order by source_instance) as instance_rank
    from contracts
    where number_rank = 1 and contract_number is not null
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

valued_subscriptions as (
    select
        subscriptions.source_instance,
        subscriptions.source_subscription_id,
        subscriptions.entity_code,
        subscriptions.customer_id,
        subscriptions.start_date,
        subscriptions.transaction_currency,
        subscriptions.load_id,
        numbered_contracts.source_instance as contract_instance,
        numbered_contracts.source_contract_id,
        numbered_contracts.transaction_currency as contract_currency,
        recurring_charges.amount_charge is not null as is_invoiced,
        coalesce({{ round_half_away(
            truncated_quotient(
                'recurring_charges.amount_charge'
                ~ ' * coalesce(numbered_contracts.term_months, recurring_charges.interval_months)',
                4, 'recurring_charges.interval_months', 12, 8
            ),
            'currencies.minor_units'
        ) }}, 0) as amount
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
            and numbered_contracts.instance_rank = 1
),

-- The first subscription in the contract's currency carries what the others leave of the contract's value.
carrying_subscriptions as (
    select
        *,
        row_number() over (
            partition by contract_instance, source_contract_id
            order by start_date, source_instance, source_subscription_id
        ) as subscription_rank,
        sum(amount) over (partition by contract_instance, source_contract_id) as amount_of_all,
        min(cast(is_invoiced as integer)) over (partition by contract_instance, source_contract_id) = 1
            as are_all_invoiced
    from valued_subscriptions
    where source_contract_id is not null and transaction_currency = contract_currency
),

carried_contracts as (
    select distinct
        contract_instance,
        source_contract_id
    from carrying_subscriptions
),

contracts_in_other_currency as (
    select distinct
        valued_subscriptions.contract_instance,
        valued_subscriptions.source_contract_id
    from valued_subscriptions
    left join carried_contracts
        on
            valued_subscriptions.contract_instance = carried_contracts.contract_instance
            and valued_subscriptions.source_contract_id = carried_contracts.source_contract_id
    where valued_subscriptions.source_contract_id is not null and carried_contracts.source_contract_id is null
),

items as (
    select
        'contract_number' as rule_name,
        contract_instance,
        source_contract_id,
        case when subscription_rank = 1 then 1 else 0 end as left_item_count,
        source_instance as subscription_instance,
        source_subscription_id,
        1 as right_item_count,
        are_all_invoiced,
        amount_of_all,
        amount as right_amount
    from carrying_subscriptions

    union all

    select
        'contract_number_other_currency' as rule_name,
        valued_subscriptions.contract_instance,
        valued_subscriptions.source_contract_id,
        0 as left_item_count,
        valued_subscriptions.source_instance as subscription_instance,
        valued_subscriptions.source_subscription_id,
        1 as right_item_count,
        true as are_all_invoiced,
        0 as amount_of_all,
        valued_subscriptions.amount as right_amount
    from valued_subscriptions
    inner join contracts_in_other_currency
        on
            valued_subscriptions.contract_instance = contracts_in_other_currency.contract_instance
            and valued_subscriptions.source_contract_id = contracts_in_other_currency.source_contract_id

    union all

    select
        'contract_number_other_currency' as rule_name,
        contract_instance,
        source_contract_id,
        1 as left_item_count,
        cast(null as varchar) as subscription_instance,
        cast(null as varchar) as source_subscription_id,
        0 as right_item_count,
        true as are_all_invoiced,
        0 as amount_of_all,
        0 as right_amount
    from contracts_in_other_currency

    union all

    select
        'unmatched' as rule_name,
        contracts.source_instance as contract_instance,
        contracts.source_contract_id,
        1 as left_item_count,
        cast(null as varchar) as subscription_instance,
        cast(null as varchar) as source_subscription_id,
        0 as right_item_count,
        true as are_all_invoiced,
        0 as amount_of_all,
        0 as right_amount
    from contracts
    left join carried_contracts
        on
            contracts.source_instance = carried_contracts.contract_instance
            and contracts.source_contract_id = carried_contracts.source_contract_id
    left join contracts_in_other_currency
        on
            contracts.source_instance = contracts_in_other_currency.contract_instance
            and contracts.source_contract_id = contracts_in_other_currency.source_contract_id
    where
        carried_contracts.source_contract_id is null
        and contracts_in_other_currency.source_contract_id is null

    union all

    select
        'unmatched' as rule_name,
        cast(null as varchar) as contract_instance,
        cast(null as varchar) as source_contract_id,
        0 as left_item_count,
        valued_subscriptions.source_instance as subscription_instance,
        valued_subscriptions.source_subscription_id,
        1 as right_item_count,
        true as are_all_invoiced,
        0 as amount_of_all,
        valued_subscriptions.amount as right_amount
    from valued_subscriptions
    left join carried_contracts
        on
            valued_subscriptions.contract_instance = carried_contracts.contract_instance
            and valued_subscriptions.source_contract_id = carried_contracts.source_contract_id
    where
        valued_subscriptions.source_contract_id is null
        -- The contract is carried by a subscription in its own currency: this one has none in the currency it bills.
        or (
            valued_subscriptions.transaction_currency <> valued_subscriptions.contract_currency
            and carried_contracts.source_contract_id is not null
        )
),

described as (
    select
        items.*,
        contracts.contract_number,
        contracts.number_rank,
        contracts.start_date as contract_start_date,
        contracts.load_id as left_load_id,
        subscriptions.start_date as subscription_start_date,
        subscriptions.load_id as right_load_id,
        coalesce(contracts.entity_code, subscriptions.entity_code) as entity_code,
        coalesce(contracts.customer_id, subscriptions.customer_id) as customer_id,
        case
            when items.left_item_count = 1 then contracts.transaction_currency
            else subscriptions.transaction_currency
        end as currency_code,
        case
            when items.left_item_count = 1
                then contracts.amount_total_transaction - items.amount_of_all + items.right_amount
            when items.rule_name = 'contract_number' then items.right_amount
            else 0
        end as left_amount
    from items
    left join contracts
        on
            items.contract_instance = contracts.source_instance
            and items.source_contract_id = contracts.source_contract_id
    left join subscriptions
        on
            items.subscription_instance = subscriptions.source_instance
            and items.source_subscription_id = subscriptions.source_subscription_id
),

judged as (
    select
        described.*,
        case
            when described.number_rank > 1 then 'duplicate_left'
            when described.source_contract_id is null then 'missing_left'
            when described.rule_name = 'contract_number_other_currency' then 'currency_difference'
            when
                described.source_subscription_id is null
                and {{ dbt.datediff('described.contract_start_date', as_of_date(), 'day') }}
                <= coalesce(tolerances.window_days, 0)
                then 'timing'
            when described.source_subscription_id is null then 'missing_right'
            when not described.are_all_invoiced then 'timing'
            when described.left_amount = described.right_amount then 'matched'
            when
                abs(described.left_amount - described.right_amount)
                <= {{ allowed_difference('described.left_amount', 'tolerances') }}
                then 'matched_within_tolerance'
            else 'amount_difference'
        end as outcome
    from described
    left join tolerances on described.currency_code = tolerances.currency_code
),

compared as (
    select
        entity_code,
        {{ month_of('coalesce(contract_start_date, subscription_start_date)') }} as period_month,
        customer_id as counterparty_key,
        currency_code,
        contract_instance as left_instance,
        source_contract_id as left_key,
        left_load_id,
        left_item_count,
        contract_start_date as left_date,
        left_amount,
        subscription_instance as right_instance,
        source_subscription_id as right_key,
        right_load_id,
        right_item_count,
        subscription_start_date as right_date,
        right_amount,
        outcome,
        case
            when outcome = 'duplicate_left' then 'number_used_twice'
            when outcome = 'missing_left' then 'no_contract'
            when outcome = 'missing_right' then 'no_subscription'
            when outcome = 'currency_difference' then 'other_currency'
            when outcome = 'amount_difference' then 'other_value'
            when outcome = 'timing' and source_subscription_id is null then 'not_started_yet'
            when outcome = 'timing' then 'not_invoiced_yet'
            else 'agrees'
        end as cause,
        rule_name,
        case outcome
            when 'duplicate_left' then 'duplicate_contract'
            when 'missing_left' then 'subscription_without_contract'
            when 'missing_right' then 'contract_not_billed'
            when 'currency_difference' then 'contract_value_difference'
            when 'amount_difference' then 'contract_value_difference'
        end as exception_type,
        case
            when outcome in ('matched', 'matched_within_tolerance', 'timing') then null
            when outcome = 'missing_left' then {{ natural_key(['subscription_instance', 'source_subscription_id']) }}
            else {{ natural_key(['contract_instance', 'contract_number']) }}
        end as natural_key
    from judged
),

final as (
    {{ reconciliation_rows('bookings_to_billing', 'compared') }}
)

select * from final
