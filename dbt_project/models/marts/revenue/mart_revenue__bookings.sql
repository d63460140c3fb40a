-- Grain: one row per booking month, entity, product family, kind of booking and currency: closed-won business at its
-- close date. TCV is the value of the whole term, ACV of one year.
with

bookings as (select * from {{ ref('fct_bookings') }}),

entities as (select * from {{ ref('dim_entities') }}),

summed as (
    select
        calendar_month,
        coalesce(entity_code, 'unassigned') as entity_code,
        coalesce(product_family_code, 'none') as product_family_code,
        booking_type,
        transaction_currency,
        count(distinct opportunity_id) as opportunity_count,
        sum(amount_tcv_transaction) as amount_tcv,
        sum(amount_acv_transaction) as amount_acv
    from bookings
    group by
        calendar_month,
        coalesce(entity_code, 'unassigned'),
        coalesce(product_family_code, 'none'),
        booking_type,
        transaction_currency
),

final as (
    select
        summed.calendar_month,
        summed.entity_code,
        entities.entity_name,
        summed.product_family_code,
        summed.booking_type,
        summed.transaction_currency,
        summed.opportunity_count,
        cast(summed.amount_tcv as {{ type_amount() }}) as amount_tcv_transaction,
        cast(summed.amount_acv as {{ type_amount() }}) as amount_acv_transaction
    from summed
    left join entities on summed.entity_code = entities.entity_code
)

select * from final
