-- Grain: one row per finding, with what it is worth in group currency, without sign, at the closing rate of its month;
-- null without a rate.
with

findings as (select * from {{ ref('exception_findings') }}),

closing_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
),

group_currency as (
    select * from {{ ref('dim_currencies') }}
    where currency_code = '{{ var("group_currency") }}'
),

final as (
    select
        findings.*,
        case
            when findings.amount_transaction = 0 then cast(0 as {{ type_amount() }})
            else {{ converted_amount(
                'abs(findings.amount_transaction)', 'closing_rates.rate', 'group_currency.minor_units'
            ) }}
        end as amount_group
    from findings
    cross join group_currency
    left join closing_rates
        on
            findings.transaction_currency = closing_rates.from_currency
            and {{ is_valid_on('findings.period_month', 'closing_rates') }}
)

select * from final
