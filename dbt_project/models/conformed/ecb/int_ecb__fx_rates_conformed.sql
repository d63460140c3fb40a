-- Grain: one row per day and currency the bank quoted: 1 euro = rate units of to_currency, exactly as published.
-- Days without a quote have no row; nothing is carried forward here.
with

rates as (
    select * from {{ ref('stg_ecb__rates') }}
),

final as (
    select
        cast('spot' as varchar) as rate_type,
        cast('EUR' as varchar) as from_currency,
        currency_code as to_currency,
        rate_date,
        rate,
        -- The bank quotes on the days on which TARGET is open.
        cast('EU' as varchar) as business_calendar,
        source_instance,
        load_id,
        recorded_at
    from rates
    where is_quoted
)

select * from final
