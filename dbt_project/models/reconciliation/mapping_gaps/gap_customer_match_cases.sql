-- Grain: one row per pair of customer records that may be one customer and are not joined, or are joined and may be two.
with

cases as (select * from {{ ref('customer_match_cases') }}),

final as (
    select
        case_type as exception_type,
        {{ natural_key(['source_instance', 'source_customer_id', 'other_instance', 'other_customer_id']) }}
            as natural_key,
        cast(null as varchar) as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        cast(null as {{ type_amount() }}) as amount_transaction,
        cast(null as varchar) as transaction_currency,
        concat_ws(
            '',
            customer_name, ' (', source_instance, ' ', source_customer_id, ', ', coalesce(country_code, 'no country'),
            ') and ',
            other_customer_name, ' (', other_instance, ' ', other_customer_id, ', ',
            coalesce(other_country_code, 'no country'), '), ',
            case case_type
                when 'possible_same_customer' then 'score ' || cast(cast(score as decimal(5, 4)) as varchar)
                else 'likeness of the names ' || cast(cast(score as decimal(5, 4)) as varchar)
            end,
            ': same is ', agreement,
            case when why_not is not null then '; ' || why_not else '' end
        ) as subject,
        source_instance,
        load_id
    from cases
)

select * from final
