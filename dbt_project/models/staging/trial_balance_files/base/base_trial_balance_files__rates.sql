-- Grain: one row per line of the rate file, with the reason to reject it if there is one.
-- Units of the company's rate currency for one unit of the currency.
with

source as (
    {{ current_rows(source('landed_trial_balance_files', 'rates'), ['file_name', 'line_number']) }}
),

file_currencies as (
    select * from {{ ref('stg_trial_balance_files__currencies') }}
),

with_currency as (
    select
        source.*,
        coalesce(file_currencies.currency_code, {{ normalise_code('source.currency') }}) as currency_code,
        {{ row_as_json('source') }} as payload
    from source
    left join file_currencies
        on
            source.source_instance = file_currencies.source_instance
            and trim(source.currency) = file_currencies.source_currency_id
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['file_name', 'line_number']) }} as source_key,
        currency_code,
        {{ file_date('date') }} as rate_date,
        {{ rounded_rate('rate') }} as rate,
        {{ line_rejection_reason([
            required('currency'),
            required('date', file_date('date')),
            required('rate', rounded_rate('rate')),
            rejected_when(rounded_rate('rate') ~ ' <= 0', "'rate is not positive: ' || rate"),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from with_currency
)

select * from final
