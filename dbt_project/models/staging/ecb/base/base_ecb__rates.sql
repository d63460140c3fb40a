-- Grain: one row per day and currency of an instance, with the reason to reject it if there is one.
-- Units of the currency for one euro. "N/A" is the bank saying that it did not quote the currency that day: a fact, not
-- an error, so the row is accepted with is_quoted = false and no rate.
with

source as (
    {{ current_rows(source('landed_ecb', 'rates'), ['Date', 'currency']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Date', 'currency']) }} as source_key,
        {{ iso_date('Date') }} as rate_date,
        {{ normalise_code('currency') }} as currency_code,
        upper(trim(rate)) <> 'N/A' as is_quoted,
        {{ rate('rate') }} as rate,
        {{ rejection_reason([
            required('Date', iso_date('Date')),
            required('currency'),
            required('rate', "case when upper(trim(rate)) = 'N/A' then 0 else " ~ rate('rate') ~ " end"),
            rejected_when(rate('rate') ~ ' <= 0', "'rate is not positive: ' || rate"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
