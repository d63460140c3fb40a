-- Grain: one row per legal entity; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__legal_entities')) }}
)

select * from final
