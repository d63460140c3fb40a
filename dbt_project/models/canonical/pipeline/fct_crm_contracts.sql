-- Grain: one row per contract of the CRM, deleted ones included. Its entity is that of the opportunity it came from.
with

contracts as (
    select * from {{ ref('all_crm_contracts') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

customer_crosswalk as (
    select * from {{ ref('customer_crosswalk') }}
),

final as (
    select
        {{ surrogate_key(['contracts.source_instance', 'contracts.source_contract_id']) }} as contract_id,
        contracts.source_contract_id,
        contracts.contract_number,
        {{ member_id('contracts.source_customer_id', 'customer_crosswalk.customer_id') }} as customer_id,
        contracts.source_customer_id,
        {{ is_member_known('contracts.source_customer_id', 'customer_crosswalk.customer_id') }} as is_customer_known,
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
    left join customer_crosswalk
        on
            contracts.source_instance = customer_crosswalk.source_instance
            and contracts.source_customer_id = customer_crosswalk.source_customer_id
)

select * from final
