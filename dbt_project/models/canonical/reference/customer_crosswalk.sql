-- Grain: one row per customer record of an instance: the golden customer it belongs to on the as-of date, and what the
-- record says about it. Transactions take the slice of their own date (customer_slices).
with

records as (
    select * from {{ ref('all_customers') }}
),

current_slices as (
    select * from {{ ref('customer_slices') }} as customer_slices
    where {{ is_valid_on(as_of_date(), 'customer_slices') }}
),

final as (
    select
        records.source_instance,
        records.source_customer_id,
        current_slices.customer_id,
        current_slices.customer_key,
        current_slices.decided_by,
        current_slices.score,
        current_slices.is_ambiguous,
        records.source_role,
        records.customer_name,
        records.country_code,
        records.tax_id,
        records.lei,
        records.email_domain,
        records.street,
        records.postal_code,
        records.city,
        records.phone,
        records.parent_source_customer_id,
        parents.customer_id as parent_customer_id,
        records.is_deleted,
        records.load_id,
        records.recorded_at
    from records
    left join current_slices
        on
            records.source_instance = current_slices.source_instance
            and records.source_customer_id = current_slices.source_customer_id
    left join current_slices as parents
        on
            records.source_instance = parents.source_instance
            and records.parent_source_customer_id = parents.source_customer_id
)

select * from final
