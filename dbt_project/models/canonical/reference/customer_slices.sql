-- Grain: one row per customer record of an instance and period of validity: the golden customer it belongs to on these
-- days. The slices of a record cover all time without gap or overlap; a transaction takes the slice of its date.
-- decided_by, strongest first: mapped (people), tax_id, lei, domain, name_address (the model is sure enough), own (nothing
-- says who it is: it stands alone). Between two equally good customers nothing is decided: the record stands alone and
-- is_ambiguous says so.
with

key_slices as (
    select * from {{ ref('customer_key_slices') }}
),

customer_ids as (
    select * from {{ ref('customer_ids') }}
),

final as (
    select
        key_slices.source_instance,
        key_slices.source_customer_id,
        key_slices.valid_from,
        key_slices.valid_to,
        -- Keys of days to come have no id yet: they get the one made of them, as on their first day.
        coalesce(customer_ids.customer_id, {{ surrogate_key(['key_slices.customer_key']) }}) as customer_id,
        key_slices.customer_key,
        key_slices.decided_by,
        key_slices.score,
        key_slices.is_ambiguous
    from key_slices
    left join customer_ids on key_slices.customer_key = customer_ids.customer_key
)

select * from final
