-- Grain: one row per line of a file in the inbox, with the reason to reject it if there is one. An event that came before
-- is a duplicate, wherever and whenever it comes again; an id that stands for two different events makes both useless,
-- because nothing says which is meant. Which rows are rejected depends on what came, never on the order it came in.
-- A sender must not be able to stop a night: an amount of more digits would overflow where it is converted, and not
-- every reader knows a year after 9999.
{%- set largest_amount = '1000000000000000' %}
with

source as (
    {{ current_rows(source('landed_events', 'events'), ['file_name', 'file_digest', 'line_number']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

typed as (
    select
        source.source_instance,
        source.load_id,
        source.load_sequence,
        source.recorded_at,
        {{ natural_key(['source.file_name', 'source.file_digest', 'source.line_number']) }} as source_key,
        source.file_name,
        source.problem,
        source.id as source_event_id,
        source.source as subject_instance,
        source.subject as source_record_id,
        source.type as source_event_type,
        case source.type
            when 'finance.booking.changed' then 'booking'
            when 'finance.invoice.changed' then 'invoice'
            when 'finance.payment.changed' then 'payment'
            when 'finance.plan.refreshed' then 'plan_refresh'
        end as event_type,
        source.time,
        {{ iso_timestamp('source.time') }} as occurred_at,
        source.data,
        {{ json_text('source.data', 'amount') }} as amount,
        {{ json_text('source.data', 'currency') }} as currency,
        {{ json_text('source.data', 'date') }} as record_date_text,
        {{ json_text('source.data', 'version') }} as version,
        {{ text(json_text('source.data', 'entity')) }} as source_entity_id,
        {{ text(json_text('source.data', 'number')) }} as record_number,
        {{ text(json_text('source.data', 'status')) }} as record_status,
        currencies.currency_code,
        {{ natural_key([
            'source.type', 'source.subject', 'source.time', 'source.data', 'source.extensions'
        ]) }} as content,
        {{ row_as_json('source') }} as payload
    from source
    left join currencies on {{ json_text('source.data', 'currency') }} = currencies.currency_code
),

compared as (
    select
        *,
        min(content) over (partition by source_instance, subject_instance, source_event_id)
        <> max(content) over (partition by source_instance, subject_instance, source_event_id) as is_id_ambiguous,
        row_number() over (
            partition by source_instance, subject_instance, source_event_id
            order by load_sequence, source_key
        ) as place,
        first_value(file_name) over (
            partition by source_instance, subject_instance, source_event_id
            order by load_sequence, source_key
        ) as first_file_name
    from typed
),

judged as (
    select
        *,
        coalesce(
            problem,
            {{ rejection_reason([
                rejected_when('is_id_ambiguous', "'its id is that of another event as well: ' || source_event_id"),
                rejected_when('event_type is null', "'type is unknown: ' || source_event_type"),
                required('time', 'occurred_at'),
                rejected_when(
                    "occurred_at not between cast('1970-01-01' as timestamp) and cast('9999-12-31' as timestamp)",
                    "'time is beyond any record: ' || time"
                ),
                required('source_record_id'),
                castable('data', json_document('data')),
                rejected_when(
                    "event_type <> 'plan_refresh' and (" ~ amount('amount') ~ ') is null',
                    "coalesce('amount does not cast: ' || nullif(amount, ''), 'amount is missing')"
                ),
                rejected_when(
                    "event_type <> 'plan_refresh' and abs(" ~ amount('amount') ~ ') >= ' ~ largest_amount,
                    "'amount is beyond any record: ' || amount"
                ),
                rejected_when(
                    "event_type <> 'plan_refresh' and currency_code is null",
                    "coalesce('currency is unknown: ' || nullif(currency, ''), 'currency is missing')"
                ),
                castable('record_date_text', iso_date('record_date_text')),
                castable('version', whole_number('version')),
            ]) }}
        ) as own_rejection_reason
    from compared
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_key,
        source_event_id,
        event_type,
        subject_instance,
        source_record_id,
        occurred_at,
        coalesce({{ whole_number('version') }}, 0) as version_number,
        case when event_type <> 'plan_refresh' then {{ amount('amount') }} end as amount_transaction,
        case when event_type <> 'plan_refresh' then currency_code end as transaction_currency,
        source_entity_id,
        record_number,
        record_status,
        {{ iso_date('record_date_text') }} as record_date,
        coalesce(
            own_rejection_reason,
            case when place > 1 then 'duplicate: the event came before, in ' || first_file_name end
        ) as rejection_reason,
        case
            when own_rejection_reason is not null or place > 1 then payload
        end as payload
    from judged
)

select * from final
