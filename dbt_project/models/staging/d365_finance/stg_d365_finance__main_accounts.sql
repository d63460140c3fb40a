-- Grain: one row per main account of a chart; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__main_accounts')) }}
)

select * from final
