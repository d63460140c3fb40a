-- Grain: one row per line of a posted entry; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__journal_lines')) }}
)

select * from final
