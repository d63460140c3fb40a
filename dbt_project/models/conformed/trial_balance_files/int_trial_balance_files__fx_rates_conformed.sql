-- Grain: one row per day and currency: 1 unit of from_currency = rate units of the company's rate currency.
with

rates as (
    select * from {{ ref('stg_trial_balance_files__rates') }}
),

conventions as (
    select * from {{ ref('stg_trial_balance_files__conventions') }}
),

final as (
    select
        cast('spot' as varchar) as rate_type,
        rates.currency_code as from_currency,
        conventions.rate_currency as to_currency,
        rates.rate_date,
        rates.rate,
        -- Nobody has said on which days the file has rates.
        cast(null as varchar) as business_calendar,
        rates.source_instance,
        rates.load_id,
        rates.recorded_at
    from rates
    inner join conventions on rates.source_instance = conventions.source_instance
    where rates.currency_code <> conventions.rate_currency
)

select * from final
