-- Recurring revenue of an ended month that has no value in group currency is waiting for a rate that is in the queue, and
-- the queue asks for no rate that is there.
with

valued as (
    select
        mrr.transaction_currency as currency_code,
        mrr.calendar_month,
        bool_or(mrr.amount_closing_group is null) as is_without_value
    from {{ ref('fct_customer_mrr') }} as mrr
    where mrr.amount_closing_transaction <> 0 and mrr.transaction_currency is not null
    group by mrr.transaction_currency, mrr.calendar_month
),

asked_for as (
    select distinct natural_key
    from {{ ref('gap_missing_fx_rates') }}
)

select valued.*
from valued
left join asked_for
    on
        asked_for.natural_key = {{ natural_key([
            "'closing'", 'valued.currency_code', "'" ~ var('group_currency') ~ "'", month_code('valued.calendar_month')
        ]) }}
where valued.is_without_value <> (asked_for.natural_key is not null)
