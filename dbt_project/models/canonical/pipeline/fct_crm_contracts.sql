-- Grain: one row per contract of the CRM, deleted ones included. Its entity is that of the opportunity it came from.
with

contracts as (
    select * from {{ ref('all_crm_contracts') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

customer_slices as (
    select * from {{ ref('customer_slices') }}
),

final as (
    select
        {{ surrogate_key(['contracts.source_instance', 'contracts.source_contract_id']) }} as contract_id,
        contracts.source_contract_id,
        contracts.contract_number,
        {{ member_id('contracts.source_customer_id', 'customer_slices.customer_id') }} as customer_id,
        contracts.source_customer_id,
        {{ is_member_known('contracts.source_customer_id', 'customer_slices.customer_id') }} as is_customer_known,
        opportunities.entity_id,
        opportunities.entity_code,
        opportunities.opportunity_id,
        opportunities.opportunity_number,
        contracts.source_opportunity_id,
        contracts.contract_status,
        contracts.start_date,
        contracts.end_date,
        contracts.term_months,
        contracts.amount_total_transaction,
        contracts.transaction_currency,
        contracts.is_deleted,
        contracts.source_instance,
        contracts.load_id,
        contracts.recorded_at
    from contracts
    left join opportunities
        on
            contracts.source_instance = opportunities.source_instance
            and contracts.source_opportunity_id = opportunities.source_opportunity_id
    left join customer_slices
        on
            contracts.source_instance = customer_slices.source_instance
            and contracts.source_customer_id = customer_slices.source_customer_id
            and {{ is_valid_on('coalesce(contracts.start_date, ' ~ as_of_date() ~ ')', 'customer_slices') }}
)

select * from final
