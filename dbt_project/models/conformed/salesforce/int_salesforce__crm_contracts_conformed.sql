-- Grain: one row per contract record, deleted ones included.
-- Two records may bear one contract number: that is an exception, not an error.
with

contracts as (
    select * from {{ ref('stg_salesforce__contracts') }}
),

final as (
    select
        source_contract_id,
        contract_number,
        source_customer_id,
        source_opportunity_id,
        contract_status,
        start_date,
        end_date,
        cast(term_months as integer) as term_months,
        amount_total_transaction,
        transaction_currency,
        is_deleted,
        source_instance,
        load_id,
        recorded_at
    from contracts
)

select * from final
