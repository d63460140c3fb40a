-- Grain: one row per type, pair and first day: 1 from_currency = rate units of to_currency. SAP quotes for so many
-- units of both currencies, and the other way round where its sign is negative. The ECB's rates are the company's;
-- these show what SAP itself has converted at.
with

exchange_rates as (
    select * from {{ ref('stg_sap_ecc__exchange_rates') }}
),

rate_factors as (
    select * from {{ ref('stg_sap_ecc__rate_factors') }}
),

with_factors as (
    select
        exchange_rates.*,
        coalesce(rate_factors.from_factor, 1) as from_factor,
        coalesce(rate_factors.to_factor, 1) as to_factor,
        row_number() over (
            partition by
                exchange_rates.source_instance,
                exchange_rates.rate_type_code,
                exchange_rates.from_currency,
                exchange_rates.to_currency,
                exchange_rates.valid_from
            order by rate_factors.valid_from desc nulls last
        ) as factor_rank
    from exchange_rates
    left join rate_factors
        on
            exchange_rates.source_instance = rate_factors.source_instance
            and exchange_rates.rate_type_code = rate_factors.rate_type_code
            and exchange_rates.from_currency = rate_factors.from_currency
            and exchange_rates.to_currency = rate_factors.to_currency
            and exchange_rates.valid_from >= rate_factors.valid_from
),

final as (
    select
        rate_type_code,
        from_currency,
        to_currency,
        valid_from,
        case
            when quotation > 0
                then {{ quotient_of_rates(
                    'cast(quotation * cast(to_factor as decimal(9, 0)) as ' ~ type_rate() ~ ')', 'from_factor'
                ) }}
            else {{ quotient_of_rates(
                'to_factor', 'cast(abs(quotation) * cast(from_factor as decimal(9, 0)) as ' ~ type_rate() ~ ')'
            ) }}
        end as rate,
        source_instance,
        load_id,
        recorded_at
    from with_factors
    where factor_rank = 1
)

select * from final
