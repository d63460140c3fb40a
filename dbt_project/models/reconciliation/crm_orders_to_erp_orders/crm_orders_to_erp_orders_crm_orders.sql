-- Grain: one row per order of the CRM that an ERP should have, in transaction currency. A draft claims nothing, so its
-- amount is 0. What is ordered under a contract is billed by its subscription (bookings_to_billing). An ERP that shows no
-- sales orders at all has nothing to be compared with; one that does has to have them of every entity whose books it keeps.
with

crm_orders as (select * from {{ ref('fct_crm_orders') }}),

order_lines as (select * from {{ ref('fct_sales_order_lines') }}),

leading_ledgers as (select * from {{ ref('leading_ledgers') }}),

ordering_entities as (
    select entity_code from order_lines
    union
    select leading_ledgers.entity_code
    from leading_ledgers
    where leading_ledgers.source_instance in (select order_lines.source_instance from order_lines)
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'crm_orders_to_erp_orders'
),

final as (
    select
        crm_orders.crm_order_id as item_key,
        crm_orders.source_instance,
        coalesce(crm_orders.opportunity_number, crm_orders.order_number) as source_key,
        crm_orders.entity_code,
        crm_orders.customer_id as counterparty_key,
        crm_orders.order_date as item_date,
        last_day(crm_orders.order_date) as period_end_date,
        {{ days_after('crm_orders.order_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        crm_orders.transaction_currency as currency_code,
        case when crm_orders.order_status = 'draft' then 0 else crm_orders.amount_total_transaction end as amount,
        upper(trim(crm_orders.opportunity_number)) as reference,
        crm_orders.load_id
    from crm_orders
    left join tolerances on crm_orders.transaction_currency = tolerances.currency_code
    where
        not crm_orders.is_deleted
        and crm_orders.source_contract_id is null
        and (
            crm_orders.entity_code is null
            or crm_orders.entity_code in (select ordering_entities.entity_code from ordering_entities)
        )
)

select * from final
