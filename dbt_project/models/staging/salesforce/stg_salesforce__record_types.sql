-- Grain: one row per record type.
with

base as (
    select * from {{ ref('base_salesforce__record_types') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_record_type_id,
        record_type
    from base
    where rejection_reason is null
)

select * from final
