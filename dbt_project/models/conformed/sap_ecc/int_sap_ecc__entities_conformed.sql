-- Grain: one row per company code.
with

company_codes as (
    select * from {{ ref('stg_sap_ecc__company_codes') }}
),

fiscal_variants as (
    select * from {{ ref('fiscal_variants') }}
),

final as (
    select
        company_codes.source_entity_id,
        company_codes.entity_name,
        company_codes.country_code,
        company_codes.local_currency,
        fiscal_variants.fiscal_calendar,
        company_codes.chart_code,
        company_codes.source_instance,
        company_codes.load_id,
        company_codes.recorded_at
    from company_codes
    left join fiscal_variants on company_codes.fiscal_variant = fiscal_variants.fiscal_variant
)

select * from final
