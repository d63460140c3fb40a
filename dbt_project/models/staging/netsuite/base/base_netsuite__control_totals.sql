-- Grain: one row per subsidiary, period and book, as summed by the server.
with

source as (
    {{ current_rows(source('landed_netsuite', 'control_totals'), ['subsidiary', 'postingperiod', 'accountingbook']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['subsidiary', 'postingperiod', 'accountingbook']) }} as source_key,
        {{ text('subsidiary') }} as source_entity_id,
        {{ text('postingperiod') }} as accounting_period_id,
        {{ text('accountingbook') }} as accounting_book_id,
        {{ whole_number('line_count') }} as line_count,
        {{ amount('debit') }} as amount_debit_local,
        {{ amount('credit') }} as amount_credit_local,
        {{ rejection_reason([
            required('subsidiary'),
            required('postingperiod'),
            required('accountingbook'),
            required('line_count', whole_number('line_count')),
            required('debit', amount('debit')),
            required('credit', amount('credit')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
