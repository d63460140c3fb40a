-- Grain: one row per legal entity; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__legal_entities')) }}
)

select * from final
