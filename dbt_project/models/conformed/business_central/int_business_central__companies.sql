-- Grain: one row per company, with its currency and the two global dimensions: the first is the cost centre, the second
-- the profit centre. A company is known by its name, which people can read; its id is what the other sets bear.
with

companies as (
    select * from {{ ref('stg_business_central__companies') }}
),

company_information as (
    select * from {{ ref('stg_business_central__company_information') }}
),

setups as (
    select * from {{ ref('stg_business_central__general_ledger_setup') }}
),

final as (
    select
        companies.company_id,
        companies.source_entity_id,
        coalesce(company_information.entity_name, companies.company_name) as entity_name,
        company_information.country_code,
        setups.local_currency,
        setups.cost_centre_dimension,
        setups.profit_centre_dimension,
        companies.source_instance,
        companies.load_id,
        companies.recorded_at
    from companies
    left join company_information
        on
            companies.source_instance = company_information.source_instance
            and companies.company_id = company_information.company_id
    left join setups
        on
            companies.source_instance = setups.source_instance
            and companies.company_id = setups.company_id
)

select * from final
