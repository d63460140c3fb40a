-- Grain: one row per line of the entity file, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_trial_balance_files', 'entities'), ['file_name', 'line_number']) }}
),

file_currencies as (
    select * from {{ ref('stg_trial_balance_files__currencies') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

with_currency as (
    select
        source.*,
        currencies.currency_code,
        {{ row_as_json('source') }} as payload
    from source
    left join file_currencies
        on
            source.source_instance = file_currencies.source_instance
            and trim(source.currency) = file_currencies.source_currency_id
    left join currencies
        on coalesce(file_currencies.currency_code, {{ normalise_code('source.currency') }}) = currencies.currency_code
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['file_name', 'line_number']) }} as source_key,
        {{ text('entity') }} as source_entity_id,
        {{ text('name') }} as entity_name,
        {{ normalise_code('country') }} as country_code,
        currency_code as local_currency,
        {{ line_rejection_reason([
            required('entity'),
            required('name'),
            rejected_when('currency_code is null', "'currency is unknown: ' || coalesce(currency, '')"),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from with_currency
)

select * from final
