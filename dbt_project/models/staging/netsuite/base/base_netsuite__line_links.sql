-- Grain: one row per line and transaction that pays it or is applied to it, as last landed.
-- All links to a transaction are landed whenever that one changes; one older than it no longer holds.
with

source as (
    {{ current_rows(source('landed_netsuite', 'line_links'), ['previousdoc', 'previousline', 'nextdoc', 'nextline']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        coalesce(is_removed, false) as is_removed,
        {{ natural_key(['previousdoc', 'previousline', 'nextdoc', 'nextline']) }} as source_key,
        {{ text('previousdoc') }} as transaction_id,
        {{ text('previousline') }} as line_number,
        {{ text('nextdoc') }} as applied_transaction_id,
        {{ text('nextline') }} as applied_line_number,
        {{ iso_date('nextdate') }} as applied_date,
        {{ amount('foreignamount') }} as amount_applied,
        {{ rejection_reason([
            required('previousdoc'),
            required('previousline'),
            required('nextdoc'),
            required('nextline'),
            required('nextdate', iso_date('nextdate')),
            castable('foreignamount', amount('foreignamount')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
