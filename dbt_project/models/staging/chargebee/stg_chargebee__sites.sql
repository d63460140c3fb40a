-- Grain: one row per site. Only documents say in which time zone their site lies; what has none of its own (usage, the
-- beginning of a subscription) takes that of the newest invoice. A site without invoices is not here: it counts in UTC.
with

invoices as (
    select * from {{ ref('base_chargebee__invoices') }}
    where time_zone is not null
),

final as (
    select
        source_instance,
        max_by(time_zone, changed_at) as time_zone
    from invoices
    group by source_instance
)

select * from final
