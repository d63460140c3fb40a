-- Grain: one row per pair of customer records that people have told apart, and validity; approved rows only. Each pair
-- is here once, in the order in which somebody wrote it.
with

separations as (
    {{ approved_rows('customer_separations') }}
),

final as (
    select
        trim(source_instance) as source_instance,
        {{ mapped_id('source_customer_id') }} as source_customer_id,
        trim(other_instance) as other_instance,
        {{ mapped_id('other_customer_id') }} as other_customer_id,
        {{ decision_columns() }}
    from separations
)

select * from final
