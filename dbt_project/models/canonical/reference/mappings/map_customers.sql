-- Grain: one row per customer record of an instance and validity; approved rows only.
with

customers as (
    {{ approved_rows('customers') }}
),

final as (
    select
        trim(source_instance) as source_instance,
        {{ mapped_id('source_customer_id') }} as source_customer_id,
        {{ normalise_code('customer_key') }} as customer_key,
        {{ decision_columns() }}
    from customers
)

select * from final
