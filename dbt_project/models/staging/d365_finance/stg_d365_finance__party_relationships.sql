-- Grain: one row per pair of parties and first day; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__party_relationships')) }}
)

select * from final
