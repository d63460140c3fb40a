-- Grain: one row per version of an account structure; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__account_structures')) }}
)

select * from final
