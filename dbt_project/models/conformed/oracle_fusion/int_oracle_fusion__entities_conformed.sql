-- Grain: one row per company.
with

companies as (
    select * from {{ ref('int_oracle_fusion__companies') }}
),

final as (
    select
        company_code as source_entity_id,
        coalesce(company_name, company_code) as entity_name,
        country_code,
        local_currency,
        fiscal_calendar,
        chart_code,
        source_instance,
        load_id,
        recorded_at
    from companies
)

select * from final
