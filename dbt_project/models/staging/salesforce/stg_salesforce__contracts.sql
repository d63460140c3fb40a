-- Grain: one row per contract, deleted ones included.
with

base as (
    select * from {{ ref('base_salesforce__contracts') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_contract_id,
        contract_number,
        source_customer_id,
        source_opportunity_id,
        contract_status,
        start_date,
        end_date,
        term_months,
        amount_total_transaction,
        transaction_currency,
        is_deleted
    from base
    where rejection_reason is null
)

select * from final
