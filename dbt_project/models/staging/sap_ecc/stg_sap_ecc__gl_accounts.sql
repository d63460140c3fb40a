-- Grain: one row per account of a chart; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__gl_accounts')) }}
)

select * from final
