-- Grain: one row per customer.
with

source as (
    {{ current_rows(source('landed_netsuite', 'customers'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_customer_id,
        {{ text('entityid') }} as customer_number,
        {{ text('companyname') }} as customer_name,
        {{ internet_domain('email') }} as email_domain,
        {{ tax_id('vatregnumber') }} as tax_id,
        {{ normalise_code('country') }} as country_code,
        {{ text('parent') }} as parent_source_customer_id,
        {{ text('currency') }} as currency_id,
        {{ netsuite_flag('isinactive') }} as is_inactive,
        {{ rejection_reason([
            required('id'),
            required('isinactive', netsuite_flag('isinactive')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
