-- Grain: one row per bucket of ageing, in the order of days past due: for who ages the open items of a past day.
with

final as (
    {{ ageing_bucket_rows() }}
)

select * from final
