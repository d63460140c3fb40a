-- Grain: one row per record of which an event says something else than the night that covers it. The amount is what the
-- event says less what the night says, and all of it where the night knows no such record or another currency.
with

confirmations as (select * from {{ ref('event_confirmations') }}),

final as (
    select
        'event_contradicted' as exception_type,
        {{ natural_key(['subject_instance', 'event_type', 'source_record_id']) }} as natural_key,
        entity_code,
        {{ month_of('occurred_date') }} as period_month,
        cast(
            amount_event - case when nightly_currency = event_currency then amount_nightly else 0 end
            as {{ type_amount() }}
        ) as amount_transaction,
        event_currency as transaction_currency,
        concat_ws(
            ' ', event_type, source_record_id, 'of', subject_instance || ':',
            'the event of', cast(occurred_date as varchar), 'says', {{ amount_text('amount_event') }},
            event_currency || ',',
            case confirmation
                when 'differs'
                    then 'the nightly load ' || {{ amount_text('amount_nightly') }} || ' ' || nightly_currency
                when 'not_found' then 'the nightly load has no such record'
                else 'no such source is loaded'
            end
        ) as subject,
        source_instance,
        load_id
    from confirmations
    where confirmation in ('differs', 'not_found', 'unknown_instance')
)

select * from final
