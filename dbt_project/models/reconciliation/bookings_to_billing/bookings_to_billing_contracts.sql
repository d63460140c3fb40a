-- Grain: one row per CRM contract, with its total value in transaction currency.
with

crm_contracts as (select * from {{ ref('fct_crm_contracts') }}),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'bookings_to_billing'
),

final as (
    select
        {{ natural_key(['crm_contracts.source_instance', 'crm_contracts.source_contract_id']) }} as item_key,
        crm_contracts.source_instance,
        crm_contracts.source_contract_id as source_key,
        crm_contracts.entity_code,
        crm_contracts.customer_id as counterparty_key,
        crm_contracts.start_date as item_date,
        cast(null as date) as period_end_date,
        {{ days_after('crm_contracts.start_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        crm_contracts.transaction_currency as currency_code,
        crm_contracts.amount_total_transaction as amount,
        crm_contracts.contract_number,
        crm_contracts.load_id
    from crm_contracts
    left join tolerances on crm_contracts.transaction_currency = tolerances.currency_code
    where not crm_contracts.is_deleted
)

select * from final
