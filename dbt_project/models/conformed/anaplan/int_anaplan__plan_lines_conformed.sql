-- Grain: one row per scenario, version, entity, account, cost centre, product family, month and currency.
-- amount_source keeps the model's sign (revenue and cost both positive); canonical applies the ledger's.
with

plan_lines as (
    select * from {{ ref('stg_anaplan__plan_lines') }}
),

final as (
    select
        scenario_name,
        version_name,
        source_entity_id,
        source_account_id,
        source_cost_centre_id,
        product_family_code,
        period_start_date,
        transaction_currency,
        amount_source,
        source_instance,
        load_id,
        recorded_at
    from plan_lines
)

select * from final
