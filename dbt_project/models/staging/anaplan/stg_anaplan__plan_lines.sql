-- Grain: one row per line of the plan export. Amounts keep the model's sign: revenue and cost both positive.
with

base as (
    select * from {{ ref('base_anaplan__plan_lines') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        scenario_name,
        version_name,
        source_entity_id,
        source_account_id,
        source_cost_centre_id,
        product_family_code,
        period_start_date,
        transaction_currency,
        amount_source
    from base
    where rejection_reason is null
)

select * from final
