-- Grain: one row per customer, current version.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'customers'), ['customer']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['customer']) }} as source_key,
        {{ normalise_code('customer') }} as source_customer_id,
        {{ text('name') }} as customer_name,
        {{ normalise_code('country') }} as country_code,
        {{ tax_id('tax_id') }} as tax_id,
        {{ internet_domain('email') }} as email_domain,
        {{ normalise_code('parent') }} as parent_source_customer_id,
        {{ normalise_code('currency') }} as currency_code,
        coalesce({{ database_flag('is_inactive') }}, false) as is_inactive,
        {{ rejection_reason([
            required('customer'),
            castable('is_inactive', database_flag('is_inactive')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
