-- Grain: one row per line of a closed-won opportunity, booked on its close date. TCV is the line's total price over its
-- whole term; ACV is TCV over the term in years. A term below one year, or none (a machine), counts as it is.
with

opportunity_lines as (
    select * from {{ ref('fct_opportunity_lines') }}
    where not is_deleted
),

won_opportunities as (
    select * from {{ ref('fct_opportunities') }}
    where is_won and not is_deleted
),

currencies as (
    select * from {{ ref('dim_currencies') }}
),

final as (
    select
        opportunity_lines.opportunity_line_id as booking_id,
        opportunity_lines.opportunity_line_id,
        opportunity_lines.opportunity_id,
        opportunity_lines.source_opportunity_id,
        opportunity_lines.source_opportunity_line_id,
        won_opportunities.opportunity_number,
        won_opportunities.opportunity_type,
        won_opportunities.record_type,
        won_opportunities.close_date as booking_date,
        {{ month_of('won_opportunities.close_date') }} as calendar_month,
        won_opportunities.entity_id,
        won_opportunities.entity_code,
        won_opportunities.customer_id,
        won_opportunities.source_customer_id,
        won_opportunities.territory_id,
        opportunity_lines.product_id,
        opportunity_lines.product_code,
        opportunity_lines.product_family_code,
        opportunity_lines.is_product_mapped,
        case when opportunity_lines.term_months is null then 'one_off' else 'recurring' end as booking_type,
        opportunity_lines.term_months,
        opportunity_lines.amount_transaction as amount_tcv_transaction,
        case
            when opportunity_lines.term_months > 12
                then {{ round_half_away(
                    truncated_quotient(
                        'opportunity_lines.amount_transaction * 12', 4, 'opportunity_lines.term_months', 0, 8
                    ),
                    'currencies.minor_units'
                ) }}
            else opportunity_lines.amount_transaction
        end as amount_acv_transaction,
        opportunity_lines.transaction_currency,
        opportunity_lines.source_instance,
        opportunity_lines.load_id,
        opportunity_lines.recorded_at
    from opportunity_lines
    inner join won_opportunities on opportunity_lines.opportunity_id = won_opportunities.opportunity_id
    left join currencies on opportunity_lines.transaction_currency = currencies.currency_code
)

select * from final
