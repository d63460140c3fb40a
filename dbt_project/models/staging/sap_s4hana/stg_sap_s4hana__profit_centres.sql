-- Grain: one row per profit centre and validity slice; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__profit_centres')) }}
)

select * from final
